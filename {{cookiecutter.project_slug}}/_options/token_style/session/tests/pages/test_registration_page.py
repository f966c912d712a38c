"""Register in a browser."""

from httpx2 import AsyncClient

from tests.conftest import add_account
from tests.pages.browser import Browser
from tests.people import ADA, PASSWORD


async def test_a_new_account_may_sign_in(browser: Browser) -> None:
    page = await browser.send(
        await browser.visit("/register"), email=ADA, name="Ada", password=PASSWORD
    )
    assert page.path == "/login"
    assert page.text.startswith("Thank you.")

    page = await browser.send(page, email=ADA, password=PASSWORD)

    assert "You are signed in as Ada." in page.text


async def test_a_registration_is_answered_303(client: AsyncClient) -> None:
    answer = await client.post("/register", data={"email": ADA, "password": PASSWORD})

    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


async def test_a_taken_address_is_told_beside_the_field(browser: Browser) -> None:
    await add_account(ADA)

    page = await browser.send(
        await browser.visit("/register"), email=ADA, name="Ada", password=PASSWORD
    )

    assert page.status == 409
    assert page.mistakes() == {"email": "An account with this email exists."}
    assert page.focused()["name"] == "email"


async def test_a_weak_password_is_told_beside_the_field(browser: Browser) -> None:
    page = await browser.send(
        await browser.visit("/register"), email=ADA, name="Ada", password="too short"
    )

    assert page.status == 422
    assert page.mistakes() == {"password": "Use at least 15 characters."}
    assert page.form().fields() == {"email": ADA, "name": "Ada", "password": ""}


async def test_every_mistake_is_told_and_the_first_one_has_the_focus(
    browser: Browser,
) -> None:
    page = await browser.send(
        await browser.visit("/register"), email="ada", name="x" * 201, password=""
    )

    assert page.mistakes() == {
        "email": "An email address must have an @-sign.",
        "name": "Use at most 200 characters.",
        "password": "Fill this in.",
    }
    assert page.focused()["name"] == "email"


async def test_the_first_mistake_on_the_page_has_the_focus(browser: Browser) -> None:
    page = await browser.send(
        await browser.visit("/register"), email=ADA, name="x" * 201, password=""
    )

    assert page.mistakes().keys() == {"name", "password"}
    assert page.focused()["name"] == "name"
