"""Times are UTC, wherever the process runs and whatever its clocks are put to."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from httpx2 import AsyncClient
from time_machine import Traveller

from tests.access.signing_in import sign_in
from tests.conftest import NOON, NewClient, add_account
from tests.people import ADA, PASSWORD, register

# As POSIX spells them, since not every machine knows the names.
ZONES = {
    "UTC": "UTC0",
    "Asia/Kolkata": "IST-5:30",
    "America/St_Johns": "NST3:30NDT,M3.2.0,M11.1.0",
}
# Clocks in St. John's go back from 2:00 to 1:00 at 4:30 in UTC.
BEFORE_IT_REPEATS = datetime(2030, 11, 3, 4, 15, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(params=list(ZONES.values()), ids=list(ZONES), autouse=True)
def zone(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """Let the process run in this time zone."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


async def logins_of(client: AsyncClient) -> list[dict[str, str]]:
    logins: list[dict[str, str]] = (await client.get("/auth/logins")).json()
    return logins


async def test_what_is_answered_is_utc_and_says_so(
    clock: Traveller, client: AsyncClient
) -> None:
    user = (await register(client)).json()

    assert user["created_at"] == user["updated_at"] == "2030-07-01T12:00:00Z"


async def test_what_is_read_is_what_was_written(client: AsyncClient) -> None:
    registered = await register(client)
    await sign_in(client, ADA, PASSWORD)

    assert (await client.get("/users/me")).json() == registered.json()


async def test_a_login_ends_neither_early_nor_late(
    clock: Traveller, ada: AsyncClient, client: AsyncClient
) -> None:
    clock.move_to(NOON + 12 * HOUR - MINUTE)
    await sign_in(client, ADA, PASSWORD)
    assert len(await logins_of(client)) == 2

    clock.move_to(NOON + 12 * HOUR)

    assert len(await logins_of(client)) == 1


async def test_a_login_lives_through_the_hour_that_comes_twice(
    clock: Traveller, new_client: NewClient
) -> None:
    await add_account(ADA)
    for _ in range(2):
        clock.move_to(BEFORE_IT_REPEATS)
        await sign_in(await new_client(), ADA, PASSWORD)
        clock.shift(HOUR)
    later = await new_client()
    await sign_in(later, ADA, PASSWORD)

    newest, *older = await logins_of(later)

    assert newest["current"]
    assert newest["created_at"] == "2030-11-03T05:15:00Z"
    assert {login["created_at"] for login in older} == {"2030-11-03T04:15:00Z"}


async def test_a_page_starts_where_the_one_before_ended(
    clock: Traveller, admin: AsyncClient
) -> None:
    emails = ["admin@example.com"]
    clock.move_to(BEFORE_IT_REPEATS)
    for number in range(4):
        clock.shift(HOUR / 2)
        emails.append(f"user{number}@example.com")
        await add_account(emails[-1])
    clock.move_to(NOON)

    page = (await admin.get("/users", params={"limit": 2})).json()
    following = {"limit": 3, "cursor": page["next_cursor"]}
    rest = (await admin.get("/users", params=following)).json()

    found = [user["email"] for user in page["items"] + rest["items"]]
    assert found == list(reversed(emails))
