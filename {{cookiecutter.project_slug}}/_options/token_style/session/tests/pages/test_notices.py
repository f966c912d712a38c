"""A message survives one redirect, and nobody makes one up."""

import pytest

from app.pages.notices import Notice
from tests.pages.browser import Browser

SAVED = Notice.SAVED.value


async def test_a_notice_is_shown_once(adas: Browser) -> None:
    shown = await adas.send(await adas.visit("/account"), "profile", name="Ada")

    again = await adas.visit("/account")

    assert shown.text.startswith(SAVED)
    assert SAVED not in again.text


async def test_a_notice_lives_no_longer_than_a_redirect(adas: Browser) -> None:
    form = {"form": "profile", "name": "Ada"}

    answer = await adas.client.post("/account", data=form)

    (cookie,) = answer.headers.get_list("set-cookie")
    assert cookie.endswith("; Max-Age=60")
    assert SAVED not in cookie


@pytest.mark.parametrize(
    "value", ["", "Your password is 123", "<script>", "saved", "__class__", "name"]
)
async def test_a_made_up_notice_is_not_shown(browser: Browser, value: str) -> None:
    headers = {"Cookie": f"notice={value}"}

    answer = await browser.client.get("/", headers=headers)

    assert 'role="status"' not in answer.text
    assert "Max-Age=0" in answer.headers["set-cookie"]
