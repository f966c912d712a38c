"""The pages below a path of the host, which `PUBLIC_URL` tells."""

import re
from collections.abc import AsyncIterator

import pytest
from httpx2 import AsyncClient

from tests.pages.browser import Browser
from tests.people import ADA, PASSWORD
from tests.serving import served

BELOW = {"PUBLIC_URL": "http://localhost:8000/accounts"}
ADDRESS = re.compile(r'(?:href|src)="(/[^"]*)"')


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    with served(BELOW) as service:
        async with AsyncClient(base_url=service.url, timeout=60) as client:
            yield Browser(client)


async def test_every_step_stays_below_it(browser: Browser) -> None:
    asked = await browser.visit("/accounts/account?from=mail")
    register = await browser.visit("/accounts/register")
    registered = await browser.send(register, email=ADA, password=PASSWORD)
    signed_in = await browser.send(asked, email=ADA, password=PASSWORD)
    renamed = await browser.send(signed_in, "profile", name="Ada")
    home = await browser.visit("/accounts/login")

    pages = [asked, register, registered, signed_in, renamed, home]
    assert [page.path for page in pages] == [
        "/accounts/login?next=/account%3Ffrom%3Dmail",
        "/accounts/register",
        "/accounts/login",
        "/accounts/account?from=mail",
        "/accounts/account",
        "/accounts/",
    ]
    assert {page.status for page in pages} == {200}
    for page in pages:
        for address in ADDRESS.findall(page.response.text):
            assert address.startswith("/accounts/")
            assert (await browser.client.get(address)).status_code in (200, 303)
