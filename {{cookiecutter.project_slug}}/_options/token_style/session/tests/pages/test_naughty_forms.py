"""Whatever is sent in any field of any form, or in a header that tells who sends it."""

import pytest
from httpx2 import AsyncClient

from tests.naughty import IN_HEADERS, NAUGHTY, TOO_LARGE, start_over
from tests.operations import form
from tests.pages.browser import HTML, Browser, boxes
from tests.people import ADA, OTHER_PASSWORD, PASSWORD

FOR_STRANGERS = [
    "/login",
    "/register",
    "/forgot-password",
    "/reset-password?token=x",
    "/verify-email?token=x",
    "/confirm-email?token=x",
]
SIGNED_IN = ["/account", "/admin/users"]
TEXTS = [it for it in [*NAUGHTY, TOO_LARGE] if isinstance(it, str)]
FITTING = {
    "current_password": PASSWORD,
    "email": ADA,
    "name": "Ada",
    "new_password": OTHER_PASSWORD,
    "password": PASSWORD,
}
HEADERS = {
    "Accept": HTML,
    "Content-Type": "application/x-www-form-urlencoded",
    "Sec-Fetch-Site": "same-origin",
}


@pytest.mark.parametrize("secret", [True, False], ids=["passwords", "the rest"])
@pytest.mark.parametrize("path", [*FOR_STRANGERS, *SIGNED_IN])
async def test_nothing_that_is_sent_breaks_a_page(
    browser: Browser, roots: Browser, path: str, secret: bool
) -> None:
    visitor = roots if path in SIGNED_IN else browser
    page = await visitor.visit(path)
    tried = [
        (each.fields() | FITTING, name)
        for each in page.forms
        # What is there for password managers nobody reads.
        for name in boxes(each) - {"username"}
        if ("password" in name) == secret
    ]

    for fields, name in tried:
        for text in TEXTS:
            await start_over()
            content = form(fields | {name: text})
            answer = await visitor.client.post(path, content=content, headers=HEADERS)

            assert not answer.is_server_error, (name, text)
            assert answer.status_code != 429, (name, text)
    assert (await visitor.visit(path)).path == path


async def test_nothing_in_a_header_breaks_a_page(ada: AsyncClient) -> None:
    for value in IN_HEADERS:
        for name in (b"Cookie", b"Sec-Fetch-Site", b"Origin", b"Referer"):
            answer = await ada.post("/account", headers={name: value})

            assert not answer.is_server_error, (name, value)
