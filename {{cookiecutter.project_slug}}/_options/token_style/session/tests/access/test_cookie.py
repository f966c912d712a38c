"""The session cookie: its name, its flags, how long it lives, and when it is deleted."""

import re
from collections.abc import AsyncIterator

import pytest
from httpx2 import AsyncClient, Response

from app.access.cookie import Cookie
from tests.access.signing_in import carry, credential, sign_in
from tests.conftest import NewClient
from tests.people import ADA, PASSWORD, code_of, register
from tests.serving import served

DELETED = "session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"
HOST_ALONE = (
    r"__Host-{}=([\w-]+); Path=/; HttpOnly; SameSite=Lax; Secure(; Max-Age=60)?"
)
JSON = {"Content-Type": "application/json"}
A_MONTH = 30 * 24 * 60 * 60


def cookies_of(answer: Response) -> list[str]:
    return answer.headers.get_list("set-cookie")


def test_over_https_the_cookie_belongs_to_the_host_alone() -> None:
    assert Cookie("session", secure=True).header("value") == (
        "__Host-session=value; Path=/; HttpOnly; SameSite=Lax; Secure"
    )


def test_a_cookie_is_deleted_with_the_flags_that_it_was_set_with() -> None:
    cookie = Cookie("session", secure=True)

    assert cookie.header("", max_age=0) == f"{cookie.header('')}; Max-Age=0"


def test_a_cookie_over_plain_http_has_neither_prefix_nor_secure() -> None:
    assert Cookie("session", secure=False).header("value") == (
        "session=value; Path=/; HttpOnly; SameSite=Lax"
    )


@pytest.fixture(scope="module")
async def over_https() -> AsyncIterator[AsyncClient]:
    """A client of a service that is known by an https address, where Ada has an account."""
    with served({"PUBLIC_URL": "https://example.com"}) as service:
        async with AsyncClient(base_url=service.url, timeout=60) as client:
            await register(client)
            yield client


def host_alone(answer: Response, name: str) -> str:
    """Return the value of the only cookie, which has all that keeps it to the host."""
    (cookie,) = cookies_of(answer)
    found = re.fullmatch(HOST_ALONE.format(name), cookie)
    assert found, cookie
    return found[1]


async def test_every_cookie_of_a_service_over_https_belongs_to_the_host_alone(
    over_https: AsyncClient,
) -> None:
    bob = {"email": "bob@example.com", "password": PASSWORD}
    new_key = {"form": "create-key", "name": "backup"}

    registered = await over_https.post("/register", data=bob)
    value = host_alone(await sign_in(over_https, ADA, PASSWORD), "session")
    session = {"Cookie": f"__Host-session={value}"}
    created = await over_https.post("/account", data=new_key, headers=session)

    assert host_alone(registered, "notice") == "REGISTERED"
    assert host_alone(created, "new-key").startswith("ak_")


async def test_over_https_only_the_cookie_of_the_host_signs_in(
    over_https: AsyncClient,
) -> None:
    value = host_alone(await sign_in(over_https, ADA, PASSWORD), "session")

    known, planted, bad = [
        await over_https.get("/users/me", headers={"Cookie": cookie})
        for cookie in (
            f"__Host-session={value}",
            f"session={value}",
            "__Host-session=x",
        )
    ]

    assert known.json()["email"] == ADA
    assert (code_of(planted), cookies_of(planted)) == ((401, "not_authenticated"), [])
    assert cookies_of(bad) == [Cookie("session", secure=True).header("", max_age=0)]


async def test_a_sign_in_answers_the_user_and_sets_one_cookie(
    client: AsyncClient,
) -> None:
    await register(client)

    answer = await sign_in(client, ADA, PASSWORD)

    assert answer.json() == (await client.get("/users/me")).json()
    assert len(cookies_of(answer)) == 1
    assert credential(client) not in answer.text


async def test_a_session_ends_with_the_browser(client: AsyncClient) -> None:
    await register(client)

    (cookie,) = cookies_of(await sign_in(client, ADA, PASSWORD))

    assert "Max-Age" not in cookie


async def test_a_remembered_session_outlives_the_browser(client: AsyncClient) -> None:
    await register(client)
    content = {"email": ADA, "password": PASSWORD, "remember": True}

    (cookie,) = cookies_of(await client.post("/auth/login", json=content))

    age = int(cookie.partition("; Max-Age=")[2])
    assert A_MONTH - 5 <= age <= A_MONTH


async def test_what_does_not_sign_in_sets_no_cookie(client: AsyncClient) -> None:
    await register(client)

    wrong = await sign_in(client, ADA, "a wrong password")
    visits = [await client.get(path) for path in ("/health/live", "/users/me", "/no")]

    assert [cookies_of(answer) for answer in (wrong, *visits)] == [[]] * 4


async def test_a_visit_that_is_signed_in_sets_no_cookie(ada: AsyncClient) -> None:
    answer = await ada.get("/users/me")

    assert (answer.status_code, cookies_of(answer)) == (200, [])


async def test_signing_out_deletes_the_cookie(ada: AsyncClient) -> None:
    answer = await ada.post("/auth/logout")

    assert cookies_of(answer) == [DELETED]
    assert not ada.cookies


@pytest.mark.parametrize(
    "value", ["", "x", "x" * 64, "é", "A" * 63, "A" * 64, "A" * 65, "A" * 5000, "="]
)
async def test_a_bad_cookie_is_refused_and_deleted(
    client: AsyncClient, value: str
) -> None:
    cookie = f"session={value}".encode()

    answer = await client.get("/users/me", headers=[(b"Cookie", cookie)])

    assert code_of(answer) == (401, "not_authenticated")
    assert cookies_of(answer) == [DELETED]


async def test_the_id_of_a_login_proves_nothing(
    ada: AsyncClient, new_client: NewClient
) -> None:
    forger = await new_client()
    right = credential(ada)
    carry(forger, right[:-1] + ("A" if right[-1] != "A" else "B"))

    answer = await forger.get("/users/me")

    assert code_of(answer) == (401, "not_authenticated")
    assert cookies_of(answer) == [DELETED]
    assert (await ada.get("/users/me")).status_code == 200


async def test_a_bad_cookie_is_told_before_what_comes_with_it(
    client: AsyncClient,
) -> None:
    carry(client, "bad")

    answer = await client.patch("/users/me", content=b"{", headers=JSON)

    assert code_of(answer) == (401, "not_authenticated")
    assert cookies_of(answer) == [DELETED]
