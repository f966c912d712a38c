"""What has expired is removed, a little at a time."""

from datetime import timedelta
from uuid import uuid4

import pytest
from httpx2 import AsyncClient

from app.clock import now
from app.records import ApiKey, Event, Login, MailToken
from app.services import operators
from app.store import api_keys, events, logins, mail_tokens, users
from app.store.database import transaction
from app.tokens import new_token
from tests import database
from tests.people import ADA

DAY = timedelta(days=1)
OF_EACH = {"logins": 7, "mailed tokens": 7, "API keys": 7, "events": 7}
TABLES = ("logins", "mail_tokens", "api_keys", "events")


@pytest.fixture
async def _seven_of_each_that_ended_and_one_that_goes_on(client: AsyncClient) -> None:
    at = now()
    async with transaction() as db:
        user = await users.add(db, ADA, "a hash", None, ("authenticated",))
        assert user
        for number in range(8):
            ago = timedelta(days=400, seconds=number)
            end = at + DAY if number == 7 else at - ago
            happened = at if number == 7 else at - ago
            name = str(number)
            await logins.add(
                db, Login(uuid4(), user.id, "", (), True, None, None, at, at, end)
            )
            await mail_tokens.replace(
                db, MailToken(user.id, name, ADA), new_token("mt_"), end
            )
            await api_keys.add(
                db, ApiKey(uuid4(), user.id, name, "", "", (), at, None, end)
            )
            await events.add(
                db, Event(uuid4(), user.id, name, happened, None, None, {})
            )


def in_batches_of(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operators, "BATCH", size)
    monkeypatch.setattr(operators, "PAUSE_SECONDS", 0)


async def count(table: str) -> int:
    ((number,),) = await database.run(f"SELECT count(*) FROM {table}")  # noqa: S608  # names of our own
    return int(number)


@pytest.mark.usefixtures("_seven_of_each_that_ended_and_one_that_goes_on")
@pytest.mark.parametrize("size", [1, 3, 7, 8, 1000])
async def test_all_is_removed_that_has_ended_however_much_at_once(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_batches_of(size, monkeypatch)

    assert await operators.purge() == OF_EACH

    assert [await count(table) for table in TABLES] == [1, 1, 1, 1]


@pytest.mark.usefixtures("_seven_of_each_that_ended_and_one_that_goes_on")
async def test_between_two_batches_others_read_and_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left = []

    async def come_between(_: float) -> None:
        left.append(await count("events"))
        await database.change_user(ADA, "name = 'Ada'")

    in_batches_of(3, monkeypatch)
    monkeypatch.setattr(operators, "sleep", come_between)
    await operators.purge()

    assert left[-3:] == [5, 2, 1]


@pytest.mark.usefixtures("client")
async def test_nothing_is_no_reason_to_fail() -> None:
    assert await operators.purge() == dict.fromkeys(OF_EACH, 0)
