"""Where one is signed in: look at the logins and end them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient
from time_machine import Traveller

from app.errors import NotSignedIn
from app.services.logins import find_caller, note_use
from app.settings import settings
from tests import database
from tests.access.signing_in import carry, credential, sign_in
from tests.conftest import NOON, NewClient, add_account
from tests.people import ADA, PASSWORD, code_of

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


async def one_more(new_client: NewClient) -> AsyncClient:
    """Sign Ada in on one more device."""
    client = await new_client()
    await sign_in(client, ADA, PASSWORD)
    return client


async def list_of(client: AsyncClient) -> list[dict[str, Any]]:
    logins: list[dict[str, Any]] = (await client.get("/auth/logins")).json()
    return logins


async def id_of_login(client: AsyncClient) -> UUID:
    (current,) = [login["id"] for login in await list_of(client) if login["current"]]
    return UUID(current)


async def use(login_id: UUID) -> None:
    await note_use((await find_caller(login_id)).login)


async def test_a_login_tells_where_it_is(clock: Traveller, client: AsyncClient) -> None:
    client.headers["User-Agent"] = "Firefox on Ada's phone"
    await add_account(ADA)
    await sign_in(client, ADA, PASSWORD)

    (login,) = await list_of(client)

    assert UUID(login.pop("id"))
    assert login == {
        "created_at": "2030-07-01T12:00:00Z",
        "last_seen_at": "2030-07-01T12:00:00Z",
        "expires_at": "2030-07-02T00:00:00Z",
        "ip_address": "127.0.0.1",
        "user_agent": "Firefox on Ada's phone",
        "current": True,
    }


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (b"", None),
        (b"x" * 300, "x" * 255),
        (b"a\tb\x1bc", "abc"),
        (b"caf\xe9", "caf\xe9"),
    ],
)
async def test_a_user_agent_is_kept_as_far_as_it_can_be_shown(
    client: AsyncClient, sent: bytes, shown: str | None
) -> None:
    client.headers.update({b"User-Agent": sent})
    await add_account(ADA)
    await sign_in(client, ADA, PASSWORD)

    assert [login["user_agent"] for login in await list_of(client)] == [shown]


async def test_the_newest_login_comes_first(
    clock: Traveller, ada: AsyncClient, new_client: NewClient
) -> None:
    for _ in range(3):
        clock.shift(MINUTE)
        await one_more(new_client)

    times = [login["created_at"] for login in await list_of(ada)]

    assert times == sorted(times, reverse=True)
    assert len(times) == 4


async def test_each_device_knows_which_login_is_its_own(
    ada: AsyncClient, new_client: NewClient
) -> None:
    other = await one_more(new_client)

    assert await id_of_login(ada) != await id_of_login(other)


async def test_nobody_sees_the_logins_of_others(
    ada: AsyncClient, bob: AsyncClient
) -> None:
    assert len(await list_of(ada)) == 1


async def test_a_login_ends_when_it_is_not_used(
    clock: Traveller, ada: AsyncClient, new_client: NewClient
) -> None:
    clock.shift(12 * HOUR)

    assert len(await list_of(await one_more(new_client))) == 1
    assert (await ada.get("/users/me")).status_code == 401


async def test_a_login_lasts_as_long_as_it_is_used(
    clock: Traveller, ada: AsyncClient
) -> None:
    login_id = await id_of_login(ada)

    for _ in range(3):
        clock.shift(12 * HOUR - MINUTE)
        await use(login_id)

    assert (await find_caller(login_id)).user.email == ADA


async def test_a_login_ends_after_30_days_however_much_it_is_used(
    clock: Traveller, ada: AsyncClient
) -> None:
    login_id = await id_of_login(ada)

    while datetime.now(NOON.tzinfo) < NOON + 30 * DAY - 11 * HOUR:
        clock.shift(11 * HOUR)
        await use(login_id)
    clock.move_to(NOON + 30 * DAY)

    with pytest.raises(NotSignedIn):
        await find_caller(login_id)


async def test_a_remembered_login_lasts_30_days_without_being_used(
    clock: Traveller, ada: AsyncClient, client: AsyncClient
) -> None:
    content = {"email": ADA, "password": PASSWORD, "remember": True}
    await client.post("/auth/login", json=content)

    ends = {login["expires_at"] for login in await list_of(ada)}

    assert ends == {"2030-07-02T00:00:00Z", "2030-07-31T12:00:00Z"}


async def test_the_limits_are_settings(
    clock: Traveller, client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "login_idle_minutes", 60 * 24 * 3)
    monkeypatch.setattr(settings, "login_max_days", 2)
    await add_account(ADA)
    await sign_in(client, ADA, PASSWORD)

    (login,) = await list_of(client)

    assert login["expires_at"] == "2030-07-03T12:00:00Z"


@pytest.mark.parametrize(("seconds", "written"), [(59, False), (60, True)])
async def test_the_last_use_is_written_once_a_minute(
    clock: Traveller, ada: AsyncClient, seconds: int, written: bool
) -> None:
    login_id = await id_of_login(ada)
    before = await database.dump()
    clock.shift(seconds)

    await use(login_id)

    assert (await database.dump() != before) == written
    last_seen = (await find_caller(login_id)).login.last_seen_at
    assert last_seen == NOON + timedelta(seconds=seconds * written)


async def test_a_login_of_a_minute_lives_on_while_it_is_used(
    clock: Traveller, client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "login_idle_minutes", 1)
    await add_account(ADA)
    await sign_in(client, ADA, PASSWORD)
    login_id = await id_of_login(client)

    for _ in range(3):
        clock.shift(45)
        await use(login_id)

    last_seen = (await find_caller(login_id)).login.last_seen_at
    assert last_seen == NOON + timedelta(seconds=3 * 45)


async def test_a_use_does_not_revive_a_login_that_has_ended(
    clock: Traveller, ada: AsyncClient
) -> None:
    caller = await find_caller(await id_of_login(ada))
    clock.shift(12 * HOUR)

    await note_use(caller.login)

    with pytest.raises(NotSignedIn):
        await find_caller(caller.login.id)


async def test_beyond_the_most_logins_the_one_unused_longest_gives_way(
    clock: Traveller,
    ada: AsyncClient,
    new_client: NewClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "max_logins_per_user", 3)
    oldest = await id_of_login(ada)
    clock.shift(MINUTE)
    unused = await id_of_login(await one_more(new_client))
    clock.shift(MINUTE)
    await use(oldest)
    await one_more(new_client)

    left = await list_of(await one_more(new_client))

    assert len(left) == 3
    assert str(oldest) in [login["id"] for login in left]
    assert str(unused) not in [login["id"] for login in left]


async def test_a_user_has_at_most_100_logins_by_default() -> None:
    assert settings.max_logins_per_user == 100


async def test_the_logins_of_others_do_not_count(
    ada: AsyncClient, bob: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "max_logins_per_user", 1)

    await sign_in(bob, ADA, PASSWORD)

    assert (await ada.get("/users/me")).status_code == 401
    assert len(await list_of(bob)) == 1


async def test_a_user_ends_a_login_on_another_device(
    ada: AsyncClient, new_client: NewClient
) -> None:
    other = await one_more(new_client)
    kept = credential(other)

    ended = await ada.delete(f"/auth/logins/{await id_of_login(other)}")

    assert (ended.status_code, ended.content) == (204, b"")
    carry(other, kept)
    assert (await other.get("/users/me")).status_code == 401
    assert [login["current"] for login in await list_of(ada)] == [True]


async def test_a_user_ends_the_login_that_they_use(ada: AsyncClient) -> None:
    kept = credential(ada)

    await ada.delete(f"/auth/logins/{await id_of_login(ada)}")

    carry(ada, kept)
    assert code_of(await ada.get("/users/me")) == (401, "not_authenticated")


async def test_a_login_ends_once(ada: AsyncClient, new_client: NewClient) -> None:
    login_id = await id_of_login(await one_more(new_client))
    await ada.delete(f"/auth/logins/{login_id}")

    answer = await ada.delete(f"/auth/logins/{login_id}")

    assert code_of(answer) == (404, "not_found")


async def test_a_login_of_another_user_is_answered_like_none_at_all(
    ada: AsyncClient, bob: AsyncClient
) -> None:
    tried = [await id_of_login(bob), uuid4()]

    answers = [await ada.delete(f"/auth/logins/{login_id}") for login_id in tried]

    assert {answer.text for answer in answers} == {answers[0].text}
    assert code_of(answers[0]) == (404, "not_found")
    assert (await bob.get("/users/me")).status_code == 200


async def test_what_is_no_id_of_a_login_is_refused(ada: AsyncClient) -> None:
    answer = await ada.delete("/auth/logins/this-one")

    assert code_of(answer) == (422, "validation_error")


async def test_a_user_ends_every_other_login(
    ada: AsyncClient, bob: AsyncClient, new_client: NewClient
) -> None:
    others = [await one_more(new_client) for _ in range(2)]

    assert (await ada.delete("/auth/logins")).status_code == 204

    assert [login["current"] for login in await list_of(ada)] == [True]
    for other in others:
        assert (await other.get("/users/me")).status_code == 401
    assert (await bob.get("/users/me")).status_code == 200


async def test_who_signs_out_is_signed_out_at_once(ada: AsyncClient) -> None:
    kept = credential(ada)

    assert (await ada.post("/auth/logout")).status_code == 204

    carry(ada, kept)
    assert code_of(await ada.get("/users/me")) == (401, "not_authenticated")
    assert await database.run("SELECT * FROM logins") == []


async def test_signing_out_ends_no_other_login(
    ada: AsyncClient, new_client: NewClient
) -> None:
    other = await one_more(new_client)

    await ada.post("/auth/logout")

    assert (await other.get("/users/me")).status_code == 200


@pytest.mark.parametrize("change", ["", "x", " ", "A"])
async def test_a_credential_that_is_changed_proves_nothing(
    ada: AsyncClient, change: str
) -> None:
    kept = credential(ada)

    carry(ada, kept[: -len(change) - 2] + change)

    assert code_of(await ada.get("/users/me")) == (401, "not_authenticated")
