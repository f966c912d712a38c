"""Nobody is sent to another site."""

from urllib.parse import urlsplit

import pytest
from httpx2 import AsyncClient

from app.pages.paths import local_path
from tests.conftest import add_account
from tests.pages.browser import Browser
from tests.people import ADA, PASSWORD

LOCAL = [
    "/account",
    "/admin/users?email=a&cursor=b",
    "/account?back=https://example.com//path",
    "/%2F%2Fevil.example",
    "/@evil.example",
    "/account?path=/../x",
    "/..account/.x",
    "/",
]
ELSEWHERE = [
    "",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/account\\..",
    "https://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "%2F%2Fevil.example",
    "evil.example",
    " //evil.example",
    " /account",
    "/\t/evil.example",
    "/\n/evil.example",
    "/account\r\nSet-Cookie: a=b",
    "/\x00",
    "/\x7f",
    "/.//evil.example",
    "/..",
    "/../elsewhere",
    "/account/../../elsewhere",
    "/%2e%2E/elsewhere",
    "/.%2e?next",
    "/..#top",
    "/./account",
    "/é",
    "/\u2028",
    "/\ud800",
]


@pytest.mark.parametrize("path", LOCAL)
def test_a_path_of_the_service_is_kept(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize("path", ELSEWHERE)
def test_whatever_else_leads_home(path: str) -> None:
    assert local_path(path) == "/"


@pytest.mark.parametrize(
    "next_path", [*LOCAL, *(path for path in ELSEWHERE if path.isprintable())]
)
async def test_signing_in_leads_to_a_page_of_the_service(
    client: AsyncClient, next_path: str
) -> None:
    await add_account(ADA)

    answer = await client.post(
        "/login",
        params={"next": next_path},
        data={"email": ADA, "password": PASSWORD},
    )

    assert answer.status_code == 303
    assert answer.headers["location"] == local_path(next_path)
    assert urlsplit(answer.headers["location"]).netloc == ""


async def test_a_page_that_needs_a_login_is_come_back_to(browser: Browser) -> None:
    await add_account(ADA)

    asked = await browser.visit("/account?from=mail&x=%26")
    page = await browser.send(asked, email=ADA, password=PASSWORD)

    assert asked.path == "/login?next=/account%3Ffrom%3Dmail%26x%3D%2526"
    assert page.path == "/account?from=mail&x=%26"
