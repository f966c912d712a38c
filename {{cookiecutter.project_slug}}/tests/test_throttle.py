"""How often a password may be guessed, and how many mails an address gets."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest
import time_machine
from limits.aio.storage import MemoryStorage

from app import counters as module
from app import throttle
from app.counters import Counters
from app.errors import TooManyAttempts
from app.settings import Settings, settings
from tests.guessing import (
    ADA,
    ELSEWHERE,
    HOME,
    guess,
    guess_at_once,
    guess_until_refused,
)
from tests.redis_server import OWN_PREFIX, needs_redis, redis_url

BOB = "bob@example.com"
NOON = datetime(2030, 7, 1, 12, tzinfo=UTC)


@pytest.fixture(params=["memory", pytest.param("redis", marks=needs_redis)])
async def counters(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Counters]:
    # However busy the machine is.
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 10)
    monkeypatch.setattr(module, "PREFIX", OWN_PREFIX)
    counters = Counters(redis_url() if request.param == "redis" else "memory://")
    monkeypatch.setattr(throttle, "counters", counters)
    async with throttle.open_throttle():
        await (counters.shared or counters.own).reset()
        yield counters


pytestmark = pytest.mark.usefixtures("counters")


async def test_the_sixth_failure_from_one_address_is_refused() -> None:
    assert await guess_until_refused() == 5


async def test_even_the_right_password_is_refused_then() -> None:
    await guess_until_refused()

    assert await guess(right=True) is not None


async def test_the_owner_is_not_locked_out_by_a_stranger_elsewhere() -> None:
    await guess_until_refused(address=ELSEWHERE)

    assert await guess(right=True) is None


async def test_an_account_is_guessed_50_times_from_anywhere() -> None:
    tries = [
        await guess_until_refused(address=f"198.51.100.{number}")
        for number in range(12)
    ]

    assert sum(tries) == 50


async def test_20_failures_come_from_one_address() -> None:
    tries = [
        await guess_until_refused(f"user{number}@example.com") for number in range(6)
    ]

    assert sum(tries) == 20


async def test_a_right_password_forgets_the_wrong_ones_before_it() -> None:
    for _ in range(3):
        for _ in range(4):
            await guess()
        await guess(right=True)

    assert await guess_until_refused() == 5


async def test_right_passwords_never_count() -> None:
    tries = [
        await guess(f"user{number}@example.com", right=True) for number in range(25)
    ]

    assert tries == [None] * 25
    assert await guess_until_refused() == 5


async def test_of_many_wrong_passwords_at_once_5_are_tried() -> None:
    tries = await guess_at_once(20)

    assert tries.count(None) == 5
    assert await guess() is not None


async def test_of_many_right_passwords_at_once_none_is_refused() -> None:
    assert await guess_at_once(12, right=True) == [None] * 12


async def test_whoever_may_not_try_takes_no_place_from_others() -> None:
    storage = PlacesNoted()
    attempt = throttle.Attempt(ADA, HOME)
    for _ in range(5):
        await attempt.by_both.count(storage)

    with pytest.raises(TooManyAttempts):
        await attempt.begin(storage)
    taken = len(storage.held)
    await throttle.Attempt(ADA, ELSEWHERE).begin(storage)

    assert (taken, len(storage.held)) == (0, 3)


class PlacesNoted(MemoryStorage):
    """Counters that note which places were held."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[str] = []

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        self.held.append(key)
        return await super().incr(key, expiry, amount)


async def test_who_waits_too_long_for_a_place_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(throttle, "WAIT_SECONDS", 0)
    monkeypatch.setattr(throttle, "LOOK_SECONDS", 0)
    async with AsyncExitStack() as held:
        for _ in range(5):
            attempt = await held.enter_async_context(throttle.attempt(ADA, HOME))
            attempt.succeeded()
        refused_for = await guess()

    assert refused_for == 1
    assert await guess() is None


async def test_no_place_gets_lost_while_another_one_is_given_back(
    counters: Counters,
) -> None:
    storage = counters.shared or counters.own
    limit = throttle.Limit(throttle.PER_ACCOUNT, ADA)

    async def come_and_go() -> None:
        for _ in range(200):
            assert await limit.hold_place(storage) >= 1
            assert await limit.hold_place(storage) >= 2
            await limit.free_place(storage)
            await limit.free_place(storage)

    await asyncio.gather(*[come_and_go() for _ in range(3)])

    assert await limit.hold_place(storage) == 1


async def test_a_place_that_outlived_its_time_is_given_back_to_nobody(
    counters: Counters,
) -> None:
    storage = counters.shared or counters.own
    limit = throttle.Limit(throttle.PER_ACCOUNT, ADA)

    await limit.free_place(storage)

    assert await limit.hold_place(storage) == 1


async def test_a_try_that_ended_early_counts() -> None:
    for _ in range(5):
        with pytest.raises(ConnectionError):
            async with throttle.attempt(ADA, HOME):
                raise ConnectionError

    assert await guess() is not None


async def test_waiting_as_long_as_is_said_is_enough() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        await guess()
        clock.shift(60)
        await guess_until_refused()

        assert await guess() == 14 * 60
        clock.shift(14 * 60 + 1)
        assert await guess() is None
        # The first failure alone has been forgotten by now.
        assert await guess() == 59


async def test_there_are_never_more_than_5_failures_in_any_15_minutes() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        tries = []
        for _ in range(6):
            tries.append(await guess_until_refused())
            clock.shift(4 * 60)

    assert tries == [5, 0, 0, 0, 5, 0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::2"),
        ("192.0.2.1", "::ffff:192.0.2.1"),
        ("fe80::1%eth0", "fe80::1%eth1"),
        (None, None),
        ("a name", "a name"),
    ],
)
async def test_what_one_client_has_at_hand_is_one_address(
    one: str | None, other: str | None
) -> None:
    await guess_until_refused(address=one)

    assert await guess(address=other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [("2001:db8:1:2::1", "2001:db8:1:3::1"), (HOME, "192.0.2.2"), (HOME, None)],
)
async def test_what_two_clients_have_are_two_addresses(
    one: str, other: str | None
) -> None:
    await guess_until_refused(address=one)

    assert await guess(address=other) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ADA, " ADA@Example.com "),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("no address", "no address"),
        ("\ud800", "\ud800"),
    ],
)
async def test_an_account_is_one_however_it_is_spelled(one: str, other: str) -> None:
    await guess_until_refused(one)

    assert await guess(other) is not None


async def test_an_address_gets_3_mails_an_hour() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        mails = [await throttle.may_mail(ADA) for _ in range(4)]

        assert mails == [True, True, True, False]
        assert await throttle.may_mail(BOB)
        clock.shift(3601)
        assert await throttle.may_mail("ADA@example.com")


@pytest.mark.parametrize(
    ("environment", "url", "warnings"),
    [
        ("production", "memory://", 1),
        ("production", "redis://localhost", 0),
        ("development", "memory://", 0),
    ],
)
async def test_only_production_warns_of_counting_in_memory(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    environment: str,
    url: str,
    warnings: int,
) -> None:
    monkeypatch.setattr(settings, "environment", environment)
    monkeypatch.setattr(throttle, "counters", Counters(url))

    async with throttle.open_throttle():
        pass

    assert len(caplog.messages) == warnings


@pytest.mark.parametrize(
    "url", ["memory", "http://localhost", "memory://x", "redis://host:port"]
)
async def test_a_storage_of_no_known_kind_is_named(url: str) -> None:
    with pytest.raises(
        ValueError, match=r"throttle_storage\n.*use memory:// or redis:"
    ):
        Settings(throttle_storage=url)


async def test_a_refusal_tells_when_to_come_back() -> None:
    refusal = TooManyAttempts(retry_after=90)

    assert refusal.headers == {"Retry-After": "90"}


async def test_an_attempt_costs_little_time() -> None:
    started = time.process_time()

    for number in range(20):
        await guess(f"user{number}@example.com", right=True)

    assert (time.process_time() - started) / 20 < 0.1
