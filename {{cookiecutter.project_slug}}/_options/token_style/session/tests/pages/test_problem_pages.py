"""A browser gets problems as pages, a program as JSON."""

import pytest
from httpx2 import AsyncClient

from app.pages.forms import MEDIA_TYPE
from tests.naughty import cut_off
from tests.pages.browser import HTML, Browser, Page
from tests.people import ADA, code_of
from tests.small_server import it_hangs_up

OPEN_TO_ALL = [
    "/login",
    "/register",
    "/forgot-password",
    "/reset-password",
    "/verify-email",
    "/confirm-email",
]
PROBLEMS = [
    ("GET", "/nowhere", 404),
    ("GET", "/users/me", 401),
    ("GET", "/auth/login", 405),
    ("POST", "/auth/login", 422),
]


@pytest.mark.parametrize(("method", "path", "status"), PROBLEMS)
async def test_a_browser_gets_a_page(
    client: AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path, headers={"Accept": HTML})

    page = Page(answer)
    assert page.status == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-request-id"] in page.text


@pytest.mark.parametrize(("method", "path", "status"), PROBLEMS)
@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "application/json",
        "application/json, text/html",
        "application/json, text/html;q=0.9",
        "application/problem+json, text/html; q=0.5",
        "text/html;q=nonsense",
        "text/html;q=0",
        ";;,,=",
    ],
)
async def test_a_program_gets_problem_details(
    client: AsyncClient, method: str, path: str, status: int, accept: str
) -> None:
    answer = await client.request(method, path, headers={"Accept": accept})

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


async def test_too_many_attempts_are_told_to_browsers_and_programs(
    client: AsyncClient,
) -> None:
    wrong = {"email": ADA, "password": "a wrong password"}
    for _ in range(5):
        await client.post("/auth/login", json=wrong)

    page, problem = [
        await client.post("/auth/login", json=wrong, headers={"Accept": accept})
        for accept in (HTML, "application/json")
    ]

    assert page.status_code == 429
    assert "Try again in 15 min." in Page(page).text
    assert code_of(problem) == (429, "too_many_attempts")
    assert all("retry-after" in answer.headers for answer in (page, problem))


async def test_a_program_that_sends_a_form_gets_problem_details(
    client: AsyncClient, ada: AsyncClient
) -> None:
    as_json = {"Accept": "application/json"}
    unfit = {"form": "end-login", "login_id": "x"}

    answers = [
        *[await client.post(path, data=unfit, headers=as_json) for path in OPEN_TO_ALL],
        await ada.post("/account", data=unfit, headers=as_json),
    ]

    assert {answer.status_code for answer in answers} == {400, 422}
    assert {answer.headers["content-type"] for answer in answers} == {
        "application/problem+json"
    }


async def test_a_problem_leads_on(browser: Browser) -> None:
    assert "/" in (await browser.visit("/nowhere")).links()
    assert "/login" in (await browser.visit("/users/me")).links()


async def test_a_missing_scope_is_told_in_words(adas: Browser) -> None:
    page = await adas.visit("/users")

    assert page.status == 403
    assert "This needs the scope admin." in page.text


async def test_a_failure_is_a_page_too(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.pages.login.page", None)

    page = await browser.visit("/login")

    assert page.status == 500
    assert "TypeError" not in page.response.text


@pytest.fixture(params=["/", "/account", "/users/me"])
async def page_while_away(adas: Browser, request: pytest.FixtureRequest) -> Page:
    async with it_hangs_up():
        return await adas.visit(request.param)


async def test_that_the_database_is_away_is_a_page_too(
    adas: Browser, page_while_away: Page
) -> None:
    assert page_while_away.status == 503
    assert "Try again in a moment." in page_while_away.text
    assert page_while_away.response.headers["retry-after"]
    assert (await adas.visit("/account")).path == "/account"


async def test_what_another_site_sends_is_refused_with_a_page(
    adas: Browser,
) -> None:
    headers = {"Accept": HTML, "Sec-Fetch-Site": "cross-site"}
    form = {"form": "sign-out"}

    answer = await adas.client.post("/account", data=form, headers=headers)

    assert (Page(answer).status, Page(answer).title[:9]) == (403, "Forbidden")
    assert (await adas.visit("/account")).path == "/account"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "text/html"),
        ("", "text/html"),
        ("application/json", "application/problem+json"),
    ],
)
async def test_a_page_is_refused_with_a_page_unless_json_is_asked_for(
    ada: AsyncClient, accept: str, media_type: str
) -> None:
    answer = await ada.get("/admin/users", headers={"Accept": accept})

    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith(media_type)


@pytest.mark.parametrize("path", ["/login", "/register", "/", "/account"])
async def test_what_another_site_sends_to_a_page_is_refused(
    client: AsyncClient, path: str
) -> None:
    answer = await client.post(path, headers={"Origin": "https://evil.example"})

    assert code_of(answer) == (403, "cross_site_request")


async def test_a_form_that_is_too_large_is_a_page(browser: Browser) -> None:
    page = await browser.post("/login", {"email": "x" * 70_000})

    assert page.status == 413


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("application/json", b'{"email": "ada@example.com"}'),
        ("application/x-www-form-urlencoded", b"%FF=%00&=&&email=%ED%A0%80"),
        ("application/x-www-form-urlencoded", b"email=%00&password=%00"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="email"; filename="a"\r\n\r\n'
            b"ada@example.com\r\n--x--\r\n",
        ),
    ],
)
@pytest.mark.parametrize("path", ["/login", "/register"])
async def test_what_is_no_form_is_refused(
    client: AsyncClient, path: str, content_type: str, content: bytes
) -> None:
    headers = {"Content-Type": content_type, "Accept": HTML}

    answer = await client.post(path, content=content, headers=headers)

    assert answer.status_code == 422


async def test_who_hangs_up_is_no_error_of_ours(
    client: AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"Content-Type": MEDIA_TYPE}

    await client.post("/login", content=cut_off(b"email="), headers=headers)

    assert [it for it in caplog.records if it.levelname == "ERROR"] == []


async def test_an_answer_that_is_no_problem_stays_as_it_is(ada: AsyncClient) -> None:
    answer = await ada.get("/users/me", headers={"Accept": HTML})

    assert answer.headers["content-type"] == "application/json"
