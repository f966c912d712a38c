"""Confirm an address with a link in a mail, in a browser."""

import pytest

from tests.access.signing_in import sign_in
from tests.links import CONFIRM, RESET, VERIFY, token, tokens
from tests.mailbox import Mailbox
from tests.pages.browser import Browser
from tests.people import ADA, BOB, OTHER_PASSWORD, PASSWORD

LOGIN = "/login?next=/account"


async def newest_link(post: Mailbox, page: str, to: str = ADA) -> str:
    return f"{page}?token={await token(post, page, to)}"


async def is_verified(browser: Browser) -> bool:
    return bool((await browser.client.get("/users/me")).json()["is_verified"])


async def test_a_new_account_confirms_its_address(
    browser: Browser, post: Mailbox
) -> None:
    form = {"email": "grace@example.com", "password": PASSWORD}
    await browser.post("/register", form)

    opened = await browser.visit(await newest_link(post, VERIFY, form["email"]))
    page = await browser.send(opened)

    assert page.path == "/login"
    assert page.text.startswith("Your address is confirmed.")
    await browser.post("/login", form)
    assert await is_verified(browser)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_opening_the_link_confirms_nothing(
    adas: Browser, post: Mailbox, method: str
) -> None:
    await adas.send(await adas.visit("/account"), "verify")
    link = await newest_link(post, VERIFY)

    await adas.client.request(method, link)

    assert not await is_verified(adas)
    await adas.send(await adas.visit(link))
    assert await is_verified(adas)


async def test_a_new_link_is_asked_for_on_the_account_page(
    adas: Browser, post: Mailbox
) -> None:
    before = await adas.send(await adas.visit("/account"), "verify")
    assert before.text.startswith("A mail with a link is on its way to you, unless")

    home = await adas.send(await adas.visit(await newest_link(post, VERIFY)))

    assert (home.path, home.status) == ("/", 200)
    assert home.text.startswith("Your address is confirmed.")
    assert "verify" not in (await adas.visit("/account")).kinds()


@pytest.mark.parametrize("path", ["/verify-email", "/confirm-email"])
@pytest.mark.parametrize("text", ["", "bad", "mt_" + "A" * 64])
async def test_a_bad_link_is_told(browser: Browser, path: str, text: str) -> None:
    page = await browser.send(await browser.visit(f"{path}?token={text}"))

    assert page.status == 400
    assert page.path == f"{path}?token={text}"
    assert page.focused().text.startswith("The link is unknown")


@pytest.mark.parametrize("path", [VERIFY, CONFIRM, RESET])
async def test_a_token_that_nothing_can_store_is_told(
    browser: Browser, path: str
) -> None:
    page = await browser.post(path, {"token": "\0", "new_password": OTHER_PASSWORD})

    assert page.status == 422
    assert page.focused().text == "The request does not fit."


async def test_where_a_new_link_is_had_is_told_where_it_is_true(
    browser: Browser,
) -> None:
    verify, change = [await browser.visit(page) for page in (VERIFY, CONFIRM)]

    assert "Is the link too old? Sign in" in verify.text
    assert "Is the link too old?" not in change.text


async def test_an_account_moves_to_another_address(
    adas: Browser, post: Mailbox
) -> None:
    asked = await adas.send(
        await adas.visit("/account"),
        "email",
        new_email="countess@example.com",
        current_password=PASSWORD,
    )
    assert asked.text.startswith("Open the link in the mail")
    assert ADA in asked.text
    link = await newest_link(post, CONFIRM, "countess@example.com")

    await adas.send(await adas.visit(link))

    assert "countess@example.com is confirmed." in (await adas.visit("/account")).text


async def test_an_address_does_not_change_without_the_password(adas: Browser) -> None:
    page = await adas.send(
        await adas.visit("/account"),
        "email",
        new_email="countess@example.com",
        current_password=OTHER_PASSWORD,
    )

    assert page.status == 403
    assert page.focused()["id"] == "email-current_password"
    assert page.form("email").fields()["new_email"] == "countess@example.com"


async def test_an_address_that_was_taken_meanwhile_is_told(
    adas: Browser, bobs: Browser, post: Mailbox
) -> None:
    form = {"form": "email", "new_email": "both@example.com"}
    for browser in (adas, bobs):
        await browser.post("/account", form | {"current_password": PASSWORD})
    adas_token, bobs_token = await tokens(post, CONFIRM, "both@example.com")
    await adas.send(await adas.visit(f"{CONFIRM}?token={adas_token}"))

    page = await bobs.send(await bobs.visit(f"{CONFIRM}?token={bobs_token}"))

    assert page.status == 409
    assert page.focused().text == "An account with this email exists."
    assert (await sign_in(bobs.client, BOB, PASSWORD)).status_code == 200


async def test_an_unverified_address_may_be_kept_out(
    browser: Browser,
    post: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.settings.settings.require_verified_email", True)
    form = {"email": "linus@example.com", "password": PASSWORD}
    await browser.post("/register", form)
    page = await browser.send(await browser.visit("/login"), **form)
    assert page.status == 403
    assert page.mistakes() == {
        "email": "Open the link in the mail that was just sent to this address."
    }
    link = await newest_link(post, VERIFY, form["email"])

    await browser.send(await browser.visit(link))

    assert (await browser.post("/login", form)).path == "/"


async def test_a_taken_address_is_not_told_where_addresses_are_hidden(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.settings.settings.hide_registered_emails", True)
    form = {"email": "edsger@example.com", "password": PASSWORD}

    pages = [await browser.post("/register", form) for _ in range(2)]

    assert {(p.path, p.status, p.response.text) for p in pages} == {
        ("/login", 200, pages[0].response.text)
    }
