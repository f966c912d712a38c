"""All accounts, for administrators, in a browser."""

from collections.abc import AsyncIterator
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from app.pages.forms import MEDIA_TYPE
from tests import database
from tests.conftest import add_account, give_scopes
from tests.pages.browser import HTML, Browser, Page
from tests.people import ADA, BOB, id_of

ADMINS = "admin@example.com"
UNKNOWN = str(uuid4())
UNFIT, GONE = "The request does not fit.", "There is nothing here."
NO_SCOPE = "There is no scope 'x'."


def users_on(page: Page) -> list[str]:
    return [heading.text for heading in page.all("h2")]


async def test_only_administrators_see_the_page(
    browser: Browser, adas: Browser, admins: Browser
) -> None:
    stranger = await browser.visit("/admin/users")
    user = await adas.visit("/admin/users")
    administrator = await admins.visit("/admin/users")

    assert stranger.path == "/login?next=/admin/users"
    assert (user.status, user.title.split(" - ")[0]) == (403, "Forbidden")
    assert administrator.status == 200


async def test_whoever_is_no_administrator_changes_nothing(
    adas: Browser, bobs: Browser
) -> None:
    fields = {
        "form": "activity",
        "user_id": await id_of(bobs.client),
        "is_active": "false",
    }

    page = await adas.post("/admin/users", fields)

    assert page.status == 403
    assert (await bobs.visit("/account")).path == "/account"


async def test_accounts_are_found_by_the_start_of_their_address(
    admins: Browser,
) -> None:
    for email in (ADA, BOB):
        await add_account(email)

    everyone = await admins.visit("/admin/users")
    found = await admins.visit("/admin/users?email=ADA+")
    nobody = await admins.visit("/admin/users?email=nobody")

    assert users_on(everyone) == [BOB, ADA, f"{ADMINS} (you)"]
    assert users_on(found) == [ADA]
    assert found.by_id("search")["value"] == "ADA "
    assert "No account has such an address." in nobody.text


async def test_a_long_list_comes_in_pages(admins: Browser) -> None:
    for number in range(21):
        await add_account(f"user{number}@example.com")

    page = await admins.visit("/admin/users?email=user")
    (older,) = [link for link in page.links() if "cursor" in link]
    rest = await admins.visit(older)

    assert len(users_on(page)) == 20
    assert users_on(rest) == ["user0@example.com"]
    assert not [link for link in rest.links() if "cursor" in link]


@pytest.mark.parametrize(
    "query",
    [
        "cursor=x",
        "cursor=%00",
        "email=%00",
        "email=a%00&cursor=",
        "email=" + "x" * 255,
        "email=" + "x" * 60_000,
    ],
)
async def test_a_search_that_does_not_fit_is_refused(
    admins: Browser, query: str
) -> None:
    page = await admins.visit(f"/admin/users?{query}")

    assert page.status == 422


async def test_an_account_is_disabled_and_enabled(
    admins: Browser, adas: Browser
) -> None:
    page = await admins.visit("/admin/users?email=ada")
    user_id = await id_of(adas.client)

    page = await admins.send_form(page, page.form("activity", user_id=user_id))

    assert page.path == "/admin/users?email=ada"
    assert page.text.startswith("The account is changed.")
    assert "disabled" in page.text
    assert (await adas.visit("/account")).path == "/login?next=/account"
    page = await admins.send_form(page, page.form("activity", user_id=user_id))
    assert "disabled" not in page.text


async def test_the_logins_of_an_account_are_ended(
    admins: Browser, adas: Browser
) -> None:
    page = await admins.visit("/admin/users?email=ada")

    page = await admins.send(page, "end-logins")

    assert page.text.startswith("Every login of the account has ended.")
    assert (await adas.visit("/account")).path == "/login?next=/account"


async def test_a_super_user_gives_and_takes_scopes(
    roots: Browser, adas: Browser
) -> None:
    fields = {"form": "scopes", "user_id": await id_of(adas.client)}

    page = await roots.post(
        "/admin/users?email=ada", {**fields, "scopes": ["admin", "introspect"]}
    )
    assert page.form("scopes").ticked() == ["admin", "introspect"]
    assert (await adas.visit("/admin/users")).status == 200

    await roots.post("/admin/users", fields)

    assert (await adas.visit("/admin/users")).status == 403


async def test_what_others_changed_meanwhile_stays(
    roots: Browser, adas: Browser
) -> None:
    await give_scopes(ADA, "reports:read", "introspect")
    page = await roots.visit("/admin/users?email=ada")
    await give_scopes(ADA, "reports:read", "introspect", "admin")

    fields = page.form("scopes").fields()
    await roots.post(page.path, {**fields, "scopes": ["super"]})

    me = (await adas.client.get("/users/me")).json()
    assert me["scopes"] == ["admin", "authenticated", "reports:read", "super"]


async def test_there_are_no_other_scopes_to_give(roots: Browser, adas: Browser) -> None:
    page = await roots.visit("/admin/users?email=ada")

    page = await roots.send(page, "scopes", scopes="x")

    assert page.status == 422
    assert page.focused().text == NO_SCOPE


async def test_an_administrator_has_no_scopes_to_give(
    admins: Browser, adas: Browser
) -> None:
    page = await admins.visit("/admin/users")
    fields = {"form": "scopes", "user_id": await id_of(adas.client)}

    refused = await admins.post("/admin/users", {**fields, "scopes": "admin"})

    assert "scopes" not in page.kinds()
    assert refused.status == 403
    assert (await adas.visit("/admin/users")).status == 403


async def test_an_administrator_has_no_power_over_a_super_user(
    admins: Browser, roots: Browser
) -> None:
    page = await admins.visit("/admin/users?email=root")
    fields = {"form": "end-logins", "user_id": await id_of(roots.client)}

    refused = await admins.post("/admin/users", fields)

    assert "Only a super user may change this account." in page.text
    assert "end-logins" not in page.kinds()
    assert refused.status == 403
    assert (await roots.visit("/account")).path == "/account"


async def test_the_last_super_user_stays_one(roots: Browser) -> None:
    page = await roots.visit("/admin/users?email=root")

    page = await roots.send(page, "activity")

    assert page.status == 409
    assert page.focused().text == "No active super user would be left."
    assert (await roots.visit("/account")).path == "/account"


async def test_scopes_that_are_refused_stay_ticked(roots: Browser) -> None:
    page = await roots.visit("/admin/users?email=root")

    page = await roots.send(page, "scopes", scopes="introspect")

    assert page.status == 409
    assert page.form("scopes").ticked() == ["introspect"]


async def test_a_super_user_among_others_may_be_changed(roots: Browser) -> None:
    await add_account(ADA)
    await give_scopes(ADA, "super")
    page = await roots.visit("/admin/users?email=ada")

    page = await roots.send(page, "activity")

    assert "disabled" in page.text


@pytest.mark.parametrize(
    ("fields", "status", "told"),
    [
        ({"form": "activity", "is_active": "false"}, 422, UNFIT),
        ({"form": "activity", "user_id": "x", "is_active": "false"}, 422, UNFIT),
        ({"form": "activity", "user_id": UNKNOWN, "is_active": "x"}, 422, UNFIT),
        ({"form": "activity", "user_id": UNKNOWN, "is_active": "false"}, 404, GONE),
        ({"form": "end-logins", "user_id": UNKNOWN}, 404, GONE),
        ({"form": "scopes", "user_id": UNKNOWN, "scopes": "x"}, 404, GONE),
    ],
)
async def test_what_no_form_of_the_page_sends_is_refused(
    roots: Browser, fields: dict[str, str], status: int, told: str
) -> None:
    page = await roots.post("/admin/users", fields)

    assert page.status == status
    assert page.focused().text == told


@pytest.mark.parametrize(
    ("meanwhile", "status"),
    [
        ("UPDATE users SET scopes = 'authenticated'", 403),
        ("UPDATE users SET is_active = false", 401),
    ],
)
async def test_whose_right_ends_while_they_send_a_form_sees_no_accounts(
    admins: Browser, adas: Browser, meanwhile: str, status: int
) -> None:
    user_id = await id_of(adas.client)

    async def send_slowly() -> AsyncIterator[bytes]:
        await database.run(meanwhile)
        fields = {"form": "activity", "user_id": user_id, "is_active": "false"}
        yield urlencode(fields).encode()

    headers = {"Content-Type": MEDIA_TYPE, "Accept": HTML}
    answer = await admins.client.post(
        "/admin/users", content=send_slowly(), headers=headers
    )

    assert answer.status_code == status
    assert ADA not in answer.text
