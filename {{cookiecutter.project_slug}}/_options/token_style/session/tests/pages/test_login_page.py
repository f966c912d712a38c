"""Sign in and out in a browser."""

import pytest
from httpx2 import AsyncClient

from tests.access.signing_in import credential
from tests.conftest import add_account, give_scopes
from tests.pages.browser import Browser
from tests.people import ADA, PASSWORD

WRONG = "Email or password is wrong."


async def test_signing_in_leads_home(browser: Browser) -> None:
    await add_account(ADA)

    page = await browser.send(
        await browser.visit("/login"), email=ADA, password=PASSWORD
    )

    assert (page.path, page.status) == ("/", 200)
    assert f"You are signed in as {ADA}." in page.text


async def test_a_sign_in_is_answered_303(client: AsyncClient) -> None:
    await add_account(ADA)

    answer = await client.post("/login", data={"email": ADA, "password": PASSWORD})

    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize("email", [ADA, "nobody@example.com", "nobody"])
async def test_a_sign_in_that_fails_says_so_beside_the_field(
    browser: Browser, email: str
) -> None:
    await add_account(ADA)

    page = await browser.send(
        await browser.visit("/login?next=/account"),
        email=email,
        password="a wrong password",
    )

    assert (page.path, page.status) == ("/login?next=/account", 401)
    assert page.mistakes() == {"password": WRONG}
    assert page.focused()["name"] == "password"
    assert page.title.startswith("Error: Sign in")


async def test_all_but_the_password_stays_filled_in(browser: Browser) -> None:
    page = await browser.send(
        await browser.visit("/login"),
        email="<ada>@example.com",
        password="a wrong password",
        remember="true",
    )

    assert page.form().fields() == {
        "email": "<ada>@example.com",
        "password": "",
        "remember": "true",
    }
    assert "a wrong password" not in page.response.text


async def test_what_is_left_empty_is_asked_for(browser: Browser) -> None:
    page = await browser.send(await browser.visit("/login"))

    assert page.status == 422
    assert page.mistakes() == dict.fromkeys(("email", "password"), "Fill this in.")
    assert page.focused()["name"] == "email"


async def test_too_many_failures_say_when_to_try_again(browser: Browser) -> None:
    await add_account(ADA)
    page = await browser.visit("/login")
    for _ in range(5):
        page = await browser.send(page, email=ADA, password="a wrong password")

    page = await browser.send(page, email=ADA, password=PASSWORD)

    assert page.status == 429
    assert page.mistakes() == {
        "password": "There were too many attempts. Try again in 15 min."
    }
    assert int(page.response.headers["retry-after"]) > 14 * 60


async def test_whoever_stays_signed_in_says_so(browser: Browser) -> None:
    await add_account(ADA)
    form = {"email": ADA, "password": PASSWORD, "remember": "true"}

    answer = await browser.client.post("/login", data=form)

    assert "Max-Age" in answer.headers["set-cookie"]


@pytest.mark.parametrize("path", ["/login", "/login?next=/account", "/register"])
async def test_whoever_is_signed_in_is_sent_home(ada: AsyncClient, path: str) -> None:
    value = credential(ada)
    form = {"email": ADA, "password": PASSWORD}

    answers = [await ada.get(path), await ada.post(path, data=form)]

    assert [a.status_code for a in answers] == [303, 303]
    assert [a.headers["location"] for a in answers] == ["/", "/"]
    assert credential(ada) == value


@pytest.mark.parametrize("path", ["/", "/account"])
async def test_every_page_that_needs_a_login_has_a_button_to_sign_out(
    adas: Browser, path: str
) -> None:
    page = await adas.send(await adas.visit(path), "sign-out")

    assert page.path == "/"
    assert page.text.startswith("You are signed out.")
    assert not adas.client.cookies


@pytest.mark.parametrize("scopes", [("admin",), ()], ids=["still", "no more"])
async def test_the_administrators_page_has_it_too(
    admins: Browser, scopes: tuple[str, ...]
) -> None:
    page = await admins.visit("/admin/users")
    await give_scopes("admin@example.com", *scopes)

    page = await admins.send(page, "sign-out")

    assert page.text.startswith("You are signed out.")


async def test_a_session_that_ended_meanwhile_leads_to_signing_in(
    adas: Browser,
) -> None:
    page = await adas.visit("/account")
    adas.client.cookies.clear()

    page = await adas.send(page, "profile")

    assert page.path == "/login?next=/account"
    assert page.text.startswith("Your login had ended, so nothing was done.")


async def test_an_ended_session_is_forgotten(adas: Browser) -> None:
    adas.client.cookies.set("session", "ended", domain="localhost.local")

    page = await adas.visit("/")

    assert "/login" in page.links()
    assert not adas.client.cookies
