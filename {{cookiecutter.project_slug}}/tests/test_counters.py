"""Counters that workers share, and what happens while those are away."""

import time
from collections.abc import AsyncIterator

import pytest
from limits.aio.storage import MemoryStorage
from redis.exceptions import ConnectionError as NotConnected

from app import counters as module
from app import throttle
from app.counters import Counters, Storage
from tests.guessing import ADA, HOME, guess, guess_until_refused
from tests.mailbox import silent_server


@pytest.fixture
async def away(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Counters]:
    """Counters at a Redis that takes calls and never answers."""
    async with silent_server() as port:
        counters = Counters(f"redis://:secret@127.0.0.1:{port}")
        monkeypatch.setattr(throttle, "counters", counters)
        async with throttle.open_throttle():
            yield counters


@pytest.mark.usefixtures("away")
async def test_while_redis_is_away_nobody_is_locked_out_or_free_to_guess() -> None:
    assert await guess(right=True) is None
    assert await guess_until_refused() == 5


@pytest.mark.usefixtures("away")
async def test_one_caller_waits_for_redis_and_no_longer_than_it_has_patience() -> None:
    waited = []
    for _ in range(2):
        started = time.perf_counter()
        await guess(right=True)
        waited.append(time.perf_counter() - started)

    # Where nothing answers it would be for ever, and a busy machine takes its time.
    assert waited[0] < 10 * module.PATIENCE_SECONDS
    assert waited[1] < module.PATIENCE_SECONDS


@pytest.mark.usefixtures("away")
async def test_an_outage_is_logged_once_and_without_the_password(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TRIED_AGAIN_AFTER_SECONDS", 0)

    await guess()
    await guess()

    assert caplog.messages == ["The shared counters are away: TimeoutError"]
    assert "secret" not in caplog.text


async def test_what_is_back_is_used_again(
    away: Counters,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "TRIED_AGAIN_AFTER_SECONDS", 0)
    errors: list[Exception] = [NotConnected(), OSError()]

    async def fail_twice(storage: Storage) -> Storage:
        if storage is away.shared and errors:
            raise errors.pop()
        return storage

    used = [await away.use(fail_twice) for _ in range(4)]

    assert used == [away.own, away.own, away.shared, away.shared]
    assert caplog.messages == [
        "The shared counters are away: OSError",
        "The shared counters are back.",
    ]


async def test_an_attempt_counts_where_it_ends() -> None:
    begun, ended = MemoryStorage(), MemoryStorage()
    attempt = throttle.Attempt(ADA, HOME)

    await attempt.begin(begun)
    await attempt.end(ended)

    assert [(await each.left(ended))[0] for each in attempt.limits] == [4, 49, 19]
