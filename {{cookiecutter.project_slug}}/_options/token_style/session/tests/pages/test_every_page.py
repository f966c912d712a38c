"""What holds for every page."""

import re
from collections import Counter
from urllib.parse import urlsplit

import pytest
from httpx2 import AsyncClient

from app.pages.assets import STYLE_URL
from tests.conftest import add_account
from tests.pages.browser import Browser, Page

PUBLIC = ["/", "/login", "/register", "/nowhere"]
PRIVATE = ["/", "/account", "/admin/users", "/nowhere"]
NAUGHTY = "<script>alert('\"')</script>&amp;"


@pytest.fixture
async def pages(browser: Browser, roots: Browser) -> list[Page]:
    await add_account("ada@example.com")
    return [
        *[await browser.visit(path) for path in PUBLIC],
        *[await roots.visit(path) for path in PRIVATE],
        await browser.send(await browser.visit("/login")),
        await browser.send(await browser.visit("/register")),
        await roots.send(await roots.visit("/account"), "password"),
    ]


async def test_nothing_is_loaded_from_another_host(pages: list[Page]) -> None:
    for page in pages:
        addresses = [e["href"] or e["src"] for e in page.all("link", "img", "a")]
        assert addresses
        assert {urlsplit(address).netloc for address in addresses} == {""}


async def test_a_page_runs_no_script_and_is_in_nobodys_frame(
    pages: list[Page],
) -> None:
    for page in pages:
        policy = page.response.headers["content-security-policy"].split("; ")
        assert {"default-src 'none'", "frame-ancestors 'none'"} <= set(policy)
        assert "unsafe" not in str(policy)
        assert not list(page.all("script", "style", "iframe"))
        assert not [
            name
            for element in page.elements
            for name in element.attributes
            if name.startswith("on") or name == "style"
        ]


async def test_no_page_is_kept_in_a_cache(pages: list[Page]) -> None:
    for page in pages:
        assert page.response.headers["cache-control"] == "no-store"


async def test_a_form_posts_to_its_own_page(pages: list[Page]) -> None:
    for page in pages:
        assert not [f for f in page.forms if "action" in f.element.attributes]
        assert {f.element["method"] for f in page.forms} <= {"post", ""}


async def test_every_field_has_one_label(pages: list[Page]) -> None:
    for page in pages:
        labelled = Counter(label["for"] for label in page.all("label"))
        for form in page.forms:
            for each in form.inputs:
                if each["type"] not in ("hidden", "checkbox") and each["id"]:
                    assert labelled[each["id"]] == 1


async def test_every_id_is_there_once_for_whoever_refers_to_it(
    pages: list[Page],
) -> None:
    for page in pages:
        ids = Counter(e["id"] for e in page.elements if e["id"])
        referred = [
            each
            for e in page.elements
            for name in ("for", "aria-describedby", "aria-labelledby")
            for each in e[name].split()
        ]
        assert set(referred) <= ids.keys()
        assert max(ids.values()) == 1


async def test_a_page_has_one_heading_and_one_title(pages: list[Page]) -> None:
    for page in pages:
        assert len(list(page.all("h1"))) == 1
        assert re.fullmatch(r"(Error: )?[A-Z][\w ]+ - \S.*", page.title)


async def test_password_managers_know_every_password_field(
    pages: list[Page],
) -> None:
    for page in pages:
        for form in page.forms:
            hints = [each["autocomplete"] for each in form.inputs]
            secret = [e["autocomplete"] for e in form.inputs if e["type"] == "password"]
            assert set(secret) <= {"current-password", "new-password"}
            assert not secret or "username" in hints


async def test_what_people_are_called_is_text(adas: Browser) -> None:
    page = await adas.send(await adas.visit("/account"), "profile", name=NAUGHTY)
    home = await adas.visit("/")

    assert page.form("profile").fields()["name"] == NAUGHTY
    assert NAUGHTY in home.text
    assert "<script" not in page.response.text + home.response.text


async def test_where_people_sign_in_from_is_text(adas: Browser) -> None:
    adas.client.headers["User-Agent"] = NAUGHTY
    form = {"email": "ada@example.com", "password": "correct horse battery"}
    await adas.client.post("/auth/login", json=form)

    page = await adas.visit("/account")

    assert NAUGHTY in page.text
    assert "<script" not in page.response.text


@pytest.mark.parametrize(
    ("path", "media_type"),
    [(STYLE_URL, "text/css; charset=utf-8"), ("/icon.svg", "image/svg+xml")],
)
async def test_browsers_may_keep_what_a_page_is_made_of(
    client: AsyncClient, path: str, media_type: str
) -> None:
    answer = await client.get(path)

    assert answer.headers["content-type"] == media_type
    assert "immutable" in answer.headers["cache-control"]
    assert "set-cookie" not in answer.headers


async def test_the_pages_are_not_in_the_api_document(client: AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]

    assert paths.keys().isdisjoint([*PUBLIC, *PRIVATE, "/style.css", "/icon.svg"])
