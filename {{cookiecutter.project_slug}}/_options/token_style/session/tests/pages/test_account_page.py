"""One's own account in a browser."""

import re
from collections.abc import AsyncIterator
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from httpx2 import AsyncClient

from app.pages.forms import MEDIA_TYPE
from tests.access.signing_in import carry, credential, sign_in
from tests.conftest import NewClient, give_scopes
from tests.pages.browser import HTML, Browser, Page
from tests.people import ADA, BOB, OTHER_PASSWORD, PASSWORD, id_of

LOGIN = "/login?next=/account"


def logins_on(page: Page) -> list[str]:
    return [f.fields()["login_id"] for f in page.forms if f.kind == "end-login"]


@pytest.fixture
async def phone(adas: Browser, new_client: NewClient) -> Browser:
    """Another browser of Ada's."""
    client = await new_client()
    await sign_in(client, ADA, PASSWORD)
    return Browser(client)


async def test_a_name_is_saved(adas: Browser) -> None:
    page = await adas.send(await adas.visit("/account"), "profile", name="<b>Ada</b>")

    assert page.path == "/account"
    assert page.text.startswith("Saved.")
    assert page.form("profile").fields()["name"] == "<b>Ada</b>"


async def test_a_name_may_be_taken_back(adas: Browser) -> None:
    page = await adas.send(await adas.visit("/account"), "profile", name="Ada")

    page = await adas.send(page, "profile", name="")

    assert page.form("profile").fields()["name"] == ""


async def test_a_name_that_does_not_fit_is_told_beside_the_field(
    adas: Browser,
) -> None:
    page = await adas.send(await adas.visit("/account"), "profile", name="x" * 201)

    assert page.status == 422
    assert page.mistakes() == {"name": "Use at most 200 characters."}
    assert page.form("profile").fields()["name"] == "x" * 201


async def test_a_new_password_ends_the_other_logins(
    adas: Browser, phone: Browser
) -> None:
    value = credential(adas.client)

    page = await adas.send(
        await adas.visit("/account"),
        "password",
        current_password=PASSWORD,
        new_password=OTHER_PASSWORD,
    )

    assert page.text.startswith("Your password is changed")
    assert credential(adas.client) != value
    assert (await phone.visit("/account")).path == LOGIN


async def test_of_two_clicks_the_second_does_not_call_the_password_wrong(
    adas: Browser, new_client: NewClient
) -> None:
    fields = {
        "form": "password",
        "current_password": PASSWORD,
        "new_password": OTHER_PASSWORD,
    }
    first = Browser(await new_client())
    carry(first.client, credential(adas.client))

    async def click_twice() -> AsyncIterator[bytes]:
        await first.post("/account", fields)
        yield urlencode(fields).encode()

    headers = {"Accept": HTML, "Content-Type": MEDIA_TYPE}
    answer = await adas.client.post("/account", content=click_twice(), headers=headers)

    assert answer.status_code == 401
    assert "wrong" not in answer.text


async def test_a_page_that_was_left_open_changes_nobody_else(
    adas: Browser, bobs: Browser
) -> None:
    page = await adas.visit("/account")
    carry(adas.client, credential(bobs.client))

    page = await adas.send(page, "profile", name="Ada")

    assert page.status == 422
    assert page.focused().text == "You are signed in as somebody else by now."
    assert (await bobs.client.get("/users/me")).json()["name"] is None


async def test_what_an_administrator_did_is_told_without_where_from(
    adas: Browser, admins: Browser
) -> None:
    await admins.client.patch(f"/users/{await id_of(adas.client)}", json={"name": "A"})

    page = await adas.visit("/account")
    renamed, signed_in = [
        item.text for item in page.all("li") if re.match("User|Signed", item.text)
    ]

    assert renamed.endswith("by an administrator")
    assert signed_in.endswith("from 127.0.0.1")


async def test_a_wrong_password_is_told_beside_its_field(adas: Browser) -> None:
    page = await adas.send(
        await adas.visit("/account"),
        "password",
        current_password="a wrong password",
        new_password=OTHER_PASSWORD,
    )

    assert page.status == 403
    assert page.mistakes() == {"current_password": "The current password is wrong."}
    assert page.focused()["id"] == "password-current_password"


async def test_a_weak_password_is_told_beside_its_field(adas: Browser) -> None:
    page = await adas.send(
        await adas.visit("/account"),
        "password",
        current_password=PASSWORD,
        new_password="too short",
    )

    assert page.status == 422
    assert page.mistakes() == {"new_password": "Use at least 15 characters."}
    assert {"too short", PASSWORD}.isdisjoint(page.response.text.split('"'))


@pytest.mark.parametrize("kind", ["password", "email", "delete"])
async def test_too_many_wrong_passwords_say_when_to_try_again(
    adas: Browser, kind: str
) -> None:
    new = {"new_password": OTHER_PASSWORD, "new_email": BOB}
    for _ in range(5):
        wrong = {"form": kind, "current_password": "a wrong password", **new}
        await adas.post("/account", wrong)

    page = await adas.post("/account", {**wrong, "current_password": PASSWORD})

    assert page.status == 429
    assert page.mistakes() == {
        "current_password": "There were too many attempts. Try again in 15 min."
    }
    assert page.focused()["id"] == f"{kind}-current_password"


async def test_the_own_login_is_marked(adas: Browser, phone: Browser) -> None:
    page = await adas.visit("/account")

    cards = ["(this one)" in card.text for card in page.all("li")]
    assert cards[: len(logins_on(page))] == [False, True]


async def test_a_login_elsewhere_is_ended(adas: Browser, phone: Browser) -> None:
    page = await adas.visit("/account")
    newest, oldest = logins_on(page)

    page = await adas.send_form(page, page.form("end-login", login_id=newest))

    assert page.text.startswith("That login has ended.")
    assert logins_on(page) == [oldest]
    assert (await phone.visit("/account")).path == LOGIN


async def test_ending_the_own_login_signs_out(adas: Browser) -> None:
    page = await adas.send(await adas.visit("/account"), "end-login")

    assert page.path == LOGIN


async def test_every_other_login_is_ended(adas: Browser, phone: Browser) -> None:
    page = await adas.send(await adas.visit("/account"), "end-other-logins")

    assert page.text.startswith("Every other login has ended.")
    assert "end-other-logins" not in page.kinds()
    assert (await phone.visit("/account")).path == LOGIN


async def test_nobody_ends_the_login_of_another(adas: Browser, bobs: Browser) -> None:
    (bobs_login,) = logins_on(await bobs.visit("/account"))

    page = await adas.post("/account", {"form": "end-login", "login_id": bobs_login})

    assert page.status == 404
    assert page.focused().text == "There is nothing here."
    assert (await bobs.visit("/account")).path == "/account"


@pytest.mark.parametrize(
    ("login_id", "status", "told"),
    [
        ("", 422, "The request does not fit."),
        ("not-an-id", 422, "The request does not fit."),
        (str(uuid4()), 404, "There is nothing here."),
    ],
)
async def test_an_unknown_login_is_refused(
    adas: Browser, login_id: str, status: int, told: str
) -> None:
    page = await adas.post("/account", {"form": "end-login", "login_id": login_id})

    assert page.status == status
    assert page.focused().text == told


async def test_the_account_is_deleted(adas: Browser) -> None:
    page = await adas.send(
        await adas.visit("/account"), "delete", current_password=PASSWORD
    )

    assert page.path == "/"
    assert page.text.startswith("Your account is gone")
    assert not adas.client.cookies
    assert (await sign_in(adas.client, ADA, PASSWORD)).status_code == 401


async def test_a_wrong_password_deletes_nothing(adas: Browser) -> None:
    page = await adas.send(
        await adas.visit("/account"), "delete", current_password="a wrong password"
    )

    assert page.status == 403
    assert page.focused()["id"] == "delete-current_password"
    assert (await adas.visit("/account")).path == "/account"


async def test_the_last_super_user_stays(roots: Browser) -> None:
    page = await roots.send(
        await roots.visit("/account"), "delete", current_password=PASSWORD
    )

    assert page.status == 409
    assert page.focused().text == "No active super user would be left."
    assert (await roots.visit("/account")).path == "/account"


@pytest.mark.parametrize("kind", ["", "unknown"])
async def test_an_unknown_form_is_refused(adas: Browser, kind: str) -> None:
    page = await adas.post("/account", {"form": kind})

    assert page.status == 422
    assert "There is no such form." in page.text


async def test_a_promotion_shows_the_page_of_all_accounts(adas: Browser) -> None:
    before = await adas.visit("/account")
    await give_scopes(ADA, "admin")

    after = await adas.visit("/account")

    assert "/admin/users" not in before.links()
    assert "/admin/users" in after.links()


async def test_a_page_that_needs_a_login_is_not_shown_to_strangers(
    client: AsyncClient,
) -> None:
    answer = await client.get("/account")

    assert (answer.status_code, answer.headers["location"]) == (303, LOGIN)
    assert BOB not in answer.text
