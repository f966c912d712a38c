"""The session cookie: its name, its flags, how long it lives, and when it is deleted."""

import pytest
from httpx2 import AsyncClient, Response

from app.access.cookie import Cookie
from tests.access.signing_in import carry, credential, sign_in
from tests.conftest import NewClient
from tests.people import ADA, PASSWORD, code_of, register

DELETED = "session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"
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
