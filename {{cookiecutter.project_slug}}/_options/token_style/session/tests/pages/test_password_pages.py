"""Get back in with a link in a mail, in a browser."""

import pytest

from tests.access.signing_in import sign_in
from tests.conftest import add_account
from tests.links import RESET, subjects, token, tokens
from tests.mailbox import Mailbox
from tests.pages.browser import Browser, Page
from tests.people import ADA, OTHER_PASSWORD, PASSWORD

MAILED = "If an account has this address, a mail with a link is on its way."
BAD_LINK = "The link is unknown, was used already, or is too old."


@pytest.fixture
async def link(browser: Browser, post: Mailbox) -> str:
    """The link in Ada's mail."""
    await add_account(ADA)
    await ask(browser, ADA)
    return await newest_link(post)


async def newest_link(post: Mailbox) -> str:
    return f"{RESET}?token={await token(post, RESET)}"


async def ask(browser: Browser, email: str) -> Page:
    page = await browser.visit("/login")
    assert "/forgot-password" in page.links()
    page = await browser.visit("/forgot-password")
    assert "/login" in page.links()
    return await browser.send(page, email=email)


async def test_a_new_password_is_chosen(browser: Browser, link: str) -> None:
    page = await browser.send(await browser.visit(link), new_password=OTHER_PASSWORD)
    assert page.path == "/login"
    assert page.text.startswith("Your password is changed.")

    page = await browser.send(page, email=ADA, password=OTHER_PASSWORD)

    assert "You are signed in" in page.text


async def test_a_new_password_ends_the_session(adas: Browser, post: Mailbox) -> None:
    await adas.send(await adas.visit("/forgot-password"), email=ADA)

    page = await adas.send(
        await adas.visit(await newest_link(post)), new_password=OTHER_PASSWORD
    )

    assert page.path == "/login"
    assert not adas.client.cookies


async def test_every_address_gets_the_same_page(
    browser: Browser, post: Mailbox
) -> None:
    await add_account("grace@example.com")

    known = await ask(browser, "grace@example.com")
    unknown = await ask(browser, "nobody@example.com")

    assert known.path == unknown.path == "/login"
    assert known.response.text == unknown.response.text
    assert known.text.startswith(MAILED)
    assert await tokens(post, RESET, "grace@example.com")
    assert await subjects(post, "nobody@example.com") == []


async def test_what_is_no_address_is_told_beside_the_field(browser: Browser) -> None:
    page = await browser.send(await browser.visit("/forgot-password"), email="grace")

    assert page.status == 422
    assert page.mistakes() == {"email": "An email address must have an @-sign."}
    assert page.form().fields() == {"email": "grace"}


async def test_password_managers_learn_whose_password_it_is(
    browser: Browser, link: str
) -> None:
    page = await browser.visit(link)

    assert page.form().fields()["username"] == ADA


async def test_opening_a_link_changes_nothing(browser: Browser, link: str) -> None:
    for _ in range(3):
        await browser.visit(link)

    assert (await sign_in(browser.client, ADA, PASSWORD)).status_code == 200


async def test_a_weak_password_leaves_the_link_good(
    browser: Browser, link: str
) -> None:
    page = await browser.send(await browser.visit(link), new_password="too short")
    assert page.status == 422
    assert page.mistakes() == {"new_password": "Use at least 15 characters."}

    page = await browser.send(page, new_password=OTHER_PASSWORD)

    assert page.path == "/login"


@pytest.mark.parametrize("text", ["", "bad", "%FF", "mt_" + "A" * 64])
async def test_a_bad_link_is_told(browser: Browser, text: str) -> None:
    shown = await browser.visit(f"/reset-password?token={text}")

    page = await browser.send(shown, new_password=OTHER_PASSWORD)

    assert [it.status for it in (shown, page)] == [200, 400]
    assert [it.focused().text for it in (shown, page)] == [BAD_LINK] * 2
    assert "/forgot-password" in page.links()


async def test_of_a_bad_link_nothing_but_the_link_is_told(browser: Browser) -> None:
    page = await browser.visit("/reset-password?token=bad")

    page = await browser.send(page, new_password="")

    assert (page.focused().text, page.mistakes()) == (BAD_LINK, {})


async def test_a_link_without_a_token_is_told(browser: Browser) -> None:
    page = await browser.visit("/reset-password")

    page = await browser.send(page, new_password=OTHER_PASSWORD)

    assert page.status == 400


async def test_a_link_works_once(browser: Browser, link: str) -> None:
    await browser.send(await browser.visit(link), new_password=OTHER_PASSWORD)

    page = await browser.send(await browser.visit(link), new_password=PASSWORD)

    assert (page.status, page.focused().text) == (400, BAD_LINK)


async def test_the_token_may_stand_in_the_address_alone(
    browser: Browser, link: str
) -> None:
    page = await browser.post(link, {"new_password": OTHER_PASSWORD})

    assert page.path == "/login"
