"""HIDE_REGISTERED_EMAILS: registering tells nobody who has an account."""

import time
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial
from statistics import median

import pytest
from httpx2 import AsyncClient, Client, Response
from time_machine import Traveller

from app.password_hashing import compute
from app.settings import settings
from app.store.database import Database, transaction
from tests import database
from tests.access.signing_in import sign_in
from tests.conftest import NewClient, add_account
from tests.links import (
    VERIFY,
    ask_to_reset,
    ask_to_verify,
    subjects,
    token,
    tokens,
    verify,
)
from tests.mailbox import Mailbox
from tests.people import (
    ADA,
    BOB,
    OTHER_PASSWORD,
    PASSWORD,
    change_email,
    code_of,
    register,
)
from tests.serving import served

IN_USE = f"You have an account at {settings.service_name}"
CONFIRM_ADDRESS = f"Confirm your address for {settings.service_name}"


@pytest.fixture(autouse=True)
def hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "hide_registered_emails", True)


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is hashed, as it happens."""
    passwords: list[str] = []

    def compute_and_note(password: str) -> str:
        passwords.append(password)
        return compute(password)

    monkeypatch.setattr("app.passwords.compute", compute_and_note)
    return passwords


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """By which service a transaction is begun, as it happens."""
    services: list[str] = []

    def begin(service: str) -> AbstractAsyncContextManager[Database]:
        services.append(service)
        return transaction()

    for each in ("accounts", "events"):
        monkeypatch.setattr(f"app.services.{each}.transaction", partial(begin, each))
    return services


def told(answer: Response) -> tuple[int, str, set[str]]:
    return answer.status_code, answer.text, set(answer.headers)


async def test_the_answer_is_the_same(client: AsyncClient) -> None:
    await add_account(ADA)

    free, taken = await register(client, BOB), await register(client, ADA)

    assert told(free) == told(taken)
    assert (free.status_code, free.json()) == (202, {"status": "accepted"})


@pytest.mark.parametrize("email", [ADA, BOB])
async def test_the_work_is_the_same(
    client: AsyncClient, hashed: list[str], begun: list[str], email: str
) -> None:
    await add_account(ADA)

    await register(client, email, OTHER_PASSWORD)

    assert hashed == [OTHER_PASSWORD]
    assert begun == ["accounts"]


@pytest.mark.parametrize(
    ("path", "more"),
    [("/auth/register", {"password": PASSWORD}), ("/auth/password/forgot", {})],
)
def test_the_answer_takes_as_long(path: str, more: dict[str, str]) -> None:
    took: dict[bool, list[float]] = {True: [], False: []}
    with (
        served({"HIDE_REGISTERED_EMAILS": "true"}) as service,
        Client(base_url=service.url, timeout=60) as client,
    ):
        client.post("/auth/register", json={"email": ADA, "password": PASSWORD})
        for n in range(80):
            # Each kind comes as often after the one as after the other.
            taken = n % 4 in (0, 3)
            content = {"email": ADA if taken else f"user{n}@example.com", **more}
            started = time.perf_counter()
            assert client.post(path, json=content).status_code == 202
            took[taken].append(time.perf_counter() - started)

    # What a busy machine adds is less, what a hash left out would save is more.
    assert 0.6 < median(took[True]) / median(took[False]) < 1.6


@pytest.mark.parametrize("state", ["is_active = false", "is_verified = true"])
async def test_the_state_of_the_account_makes_no_difference(
    client: AsyncClient, state: str
) -> None:
    await add_account(ADA)
    await database.change_user(ADA, state)

    assert told(await register(client, ADA)) == told(await register(client, BOB))


async def test_signing_in_tells_nothing_where_addresses_are_verified(
    client: AsyncClient, post: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "require_verified_email", True)
    await add_account(ADA)
    for email in (ADA, BOB):
        await register(client, email, OTHER_PASSWORD)

    taken, free = [await sign_in(client, it, OTHER_PASSWORD) for it in (ADA, BOB)]

    assert told(free) == told(taken)
    assert code_of(free) == (401, "invalid_credentials")
    assert len(await tokens(post, VERIFY, BOB)) == 2


async def test_the_limit_tells_nothing_where_addresses_are_verified(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "require_verified_email", True)
    await add_account(ADA)
    for email in (ADA, BOB):
        await register(client, email, OTHER_PASSWORD)

    taken, free = [
        [(await sign_in(client, it, OTHER_PASSWORD)).status_code for _ in range(7)]
        for it in (ADA, BOB)
    ]

    assert taken == free == [401] * 5 + [429] * 2


async def test_an_address_that_is_free_is_registered(
    client: AsyncClient, post: Mailbox
) -> None:
    await register(client, ADA)

    assert await subjects(post, ADA) == [CONFIRM_ADDRESS]
    assert (await verify(client, await token(post, VERIFY))).status_code == 204
    assert (await sign_in(client, ADA, PASSWORD)).status_code == 200


async def test_the_owner_of_a_taken_address_is_told_by_mail(
    client: AsyncClient, post: Mailbox
) -> None:
    await add_account(ADA)

    await register(client, ADA)

    assert await subjects(post, ADA) == [IN_USE]
    assert await tokens(post, VERIFY, ADA) == []


async def test_the_account_stays_as_it_is(
    client: AsyncClient, new_client: NewClient
) -> None:
    await add_account(ADA)
    before = await database.run("SELECT * FROM users")

    await register(client, ADA, OTHER_PASSWORD, name="Somebody else")

    assert await database.run("SELECT * FROM users") == before
    assert (await sign_in(await new_client(), ADA, PASSWORD)).status_code == 200


async def test_the_owner_is_told_three_times_an_hour(
    clock: Traveller, client: AsyncClient, post: Mailbox
) -> None:
    await add_account(ADA)

    answers = [await register(client, ADA) for _ in range(5)]

    assert {answer.status_code for answer in answers} == {202}
    assert await subjects(post, ADA) == [IN_USE] * 3
    clock.shift(timedelta(hours=1, seconds=1))
    await register(client, ADA)
    assert len(await subjects(post, ADA)) == 4


async def test_three_mails_an_hour_are_three_of_all_kinds(
    client: AsyncClient, bob: AsyncClient, post: Mailbox
) -> None:
    await add_account(ADA)

    for _ in range(2):
        await ask_to_reset(client)
        await ask_to_verify(client)
        await register(client, ADA)
        await change_email(bob, ADA)

    assert len(await subjects(post, ADA)) == 3


@pytest.mark.parametrize(
    ("password", "code"),
    [("too short", "weak_password"), ("ada@example.com ada", "weak_password")],
)
async def test_what_does_not_fit_is_told_alike(
    client: AsyncClient, password: str, code: str
) -> None:
    taken = await register(client, ADA, password)
    await add_account(ADA)

    answer = await register(client, ADA, password)

    assert told(answer) == told(taken)
    assert code_of(answer) == (422, code)


async def test_without_it_the_address_is_said_to_be_taken(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "hide_registered_emails", False)
    await add_account(ADA)

    assert code_of(await register(client, ADA)) == (409, "email_taken")
