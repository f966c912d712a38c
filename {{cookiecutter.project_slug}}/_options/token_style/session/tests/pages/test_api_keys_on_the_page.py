"""API keys and events on the account page."""

from datetime import UTC, datetime, timedelta
from typing import Any

from httpx2 import AsyncClient

from app.pages.account import LIFETIMES
from tests.conftest import NewClient
from tests.pages.browser import Browser, Page
from tests.people import ADA, id_of


def key_on(page: Page) -> str:
    """Return the key that the page shows in full."""
    (key,) = [e.text for e in page.all("code") if not e.text.endswith("…")]
    return key


async def keys_of(browser: Browser) -> list[dict[str, Any]]:
    return list((await browser.client.get("/auth/api-keys")).json())


async def test_a_new_key_is_shown_once_and_works(
    adas: Browser, client: AsyncClient
) -> None:
    page = await adas.send(await adas.visit("/account"), "create-key", name="backup")
    again = await adas.visit("/account")

    answer = await client.get("/users/me", headers={"X-API-Key": key_on(page)})

    assert answer.json()["email"] == ADA
    assert key_on(page) in page.focused().text
    assert key_on(page) not in again.response.text
    assert "backup" in again.text


async def test_a_key_survives_one_redirect_out_of_reach_of_scripts(
    adas: Browser,
) -> None:
    form = {"form": "create-key", "name": "backup"}

    answer = await adas.client.post("/account", data=form)

    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    (cookie,) = answer.headers.get_list("set-cookie")
    assert cookie.endswith("; HttpOnly; SameSite=Lax; Max-Age=60")


async def test_a_key_that_somebody_planted_is_not_shown(
    adas: Browser, bobs: Browser, new_client: NewClient
) -> None:
    form = {"form": "create-key", "name": "planted"}
    answer = await bobs.client.post("/account", data=form)
    planted = answer.headers["set-cookie"].partition(";")[0]
    session = f"session={adas.client.cookies['session']}"

    for cookie in (planted, "new-key=<b>", "new-key="):
        headers = {"Cookie": f"{session}; {cookie}"}
        page = Page(await (await new_client()).get("/account", headers=headers))

        assert 'role="status"' not in page.response.text
        assert "new-key=; " in page.response.headers["set-cookie"]


async def test_a_key_ends_when_it_was_said_to(adas: Browser) -> None:
    page = await adas.visit("/account")
    assert page.form("create-key").fields() == {
        "form": "create-key",
        "account": await id_of(adas.client),
        "name": "",
        "expires_in": str(LIFETIMES["90 days"]),
    }

    await adas.send(page, "create-key", name="a year", expires_in="31536000")
    await adas.send(page, "create-key", name="for ever", expires_in="")

    ends = {key["name"]: key["expires_at"] for key in await keys_of(adas)}
    in_a_year = datetime.fromisoformat(ends["a year"]) - datetime.now(UTC)
    assert timedelta(days=364) < in_a_year < timedelta(days=366)
    assert ends["for ever"] is None


async def test_a_key_may_do_what_was_ticked(admins: Browser) -> None:
    page = await admins.visit("/account")
    boxes = [b for b in page.form("create-key").inputs if b["name"] == "scopes"]

    await admins.send(page, "create-key", name="plain")
    await admins.send(page, "create-key", name="strong", scopes="admin")

    assert [box["value"] for box in boxes] == ["admin"]
    assert {key["name"]: key["scopes"] for key in await keys_of(admins)} == {
        "plain": ["authenticated"],
        "strong": ["admin", "authenticated"],
    }


async def test_nobody_gives_a_key_more_than_they_have(adas: Browser) -> None:
    fields = {"form": "create-key", "name": "strong", "scopes": "admin"}

    page = await adas.post("/account", fields)

    assert page.status == 403
    assert await keys_of(adas) == []


async def test_a_key_without_a_name_is_asked_for_one(admins: Browser) -> None:
    page = await admins.send(
        await admins.visit("/account"), "create-key", expires_in="", scopes="admin"
    )

    assert page.status == 422
    assert page.mistakes() == {"name": "Fill this in."}
    assert page.form("create-key").fields()["expires_in"] == ""
    assert page.form("create-key").ticked() == ["admin"]


async def test_a_key_is_ended(adas: Browser) -> None:
    page = await adas.send(await adas.visit("/account"), "create-key", name="backup")

    page = await adas.send(page, "end-key")

    assert page.text.startswith("That key has ended.")
    assert await keys_of(adas) == []


async def test_nobody_ends_the_key_of_another(adas: Browser, bobs: Browser) -> None:
    await adas.send(await adas.visit("/account"), "create-key", name="backup")
    (key,) = await keys_of(adas)

    page = await bobs.post("/account", {"form": "end-key", "key_id": key["id"]})

    assert page.status == 404
    assert len(await keys_of(adas)) == 1


async def test_a_program_with_a_key_is_a_stranger_to_the_pages(
    adas: Browser, client: AsyncClient
) -> None:
    page = await adas.send(await adas.visit("/account"), "create-key", name="backup")

    answer = await client.get("/account", headers={"X-API-Key": key_on(page)})

    assert answer.headers["location"] == "/login?next=/account"


def events_on(page: Page) -> list[str]:
    kinds = [item.text.partition(",")[0] for item in page.all("li")]
    return [kind for kind in kinds if kind in ("Signed in", "API key created")]


async def test_the_ten_newest_events_are_shown(adas: Browser) -> None:
    form = {"form": "create-key", "name": "backup"}

    *_, nine, ten = [await adas.post("/account", form) for _ in range(10)]

    assert events_on(nine) == ["API key created"] * 9 + ["Signed in"]
    assert events_on(ten) == ["API key created"] * 10
