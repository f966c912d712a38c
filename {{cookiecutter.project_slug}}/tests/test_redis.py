"""Workers that share one Redis. Not counted as covered: there may be none."""

import asyncio
import sys
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from app import counters as module
from app import throttle
from app.counters import Counters, Storage
from tests.guessing import ADA, HOME, guess, guess_until_refused
from tests.redis_server import OWN_PREFIX, Cable, needs_redis, redis_url
from tests.serving import elsewhere

pytestmark = needs_redis

GUESS_20_TIMES = """
import asyncio, sys
from app import counters, throttle
from tests.guessing import guess_at_once

async def main():
    # However busy the machine is.
    counters.PATIENCE_SECONDS = 600
    counters.PREFIX = sys.argv[1]
    throttle.WAIT_SECONDS = throttle.PLACE_SECONDS = 600
    async with throttle.open_throttle():
        print((await guess_at_once(20)).count(None))

asyncio.run(main())
"""


@pytest.fixture
async def cable(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Cable]:
    """The way to an empty Redis that counts for the throttle."""
    # However busy the machine is.
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 10)
    monkeypatch.setattr(module, "QUEUE_SECONDS", 60)
    monkeypatch.setattr(module, "TRIED_AGAIN_AFTER_SECONDS", 0)
    monkeypatch.setattr(module, "PREFIX", OWN_PREFIX)
    cable = Cable()
    async with cable.laid(), Redis.from_url(redis_url()) as redis:
        monkeypatch.setattr(throttle, "counters", Counters(cable.url))
        for key in await redis.keys(f"{OWN_PREFIX}:*"):
            await redis.delete(key)
        async with throttle.open_throttle():
            yield cable


@pytest.mark.usefixtures("cable")
async def test_two_workers_count_together() -> None:
    async def run_worker() -> int:
        worker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            GUESS_20_TIMES,
            OWN_PREFIX,
            env={**place["env"], "THROTTLE_STORAGE": redis_url()},
            cwd=place["cwd"],
            stdout=asyncio.subprocess.PIPE,
        )
        return int((await worker.communicate())[0])

    with elsewhere({}) as place:
        tries = await asyncio.gather(run_worker(), run_worker())

    assert sum(tries) == 5


async def test_redis_is_not_away_when_more_ask_than_there_are_connections(
    cable: Cable, caplog: pytest.LogCaptureFixture
) -> None:
    async def ask(storage: Storage) -> int:
        return await storage.get("nothing")

    async with cable.plugged_in():
        await asyncio.gather(*[throttle.counters.use(ask) for _ in range(200)])

    assert caplog.messages == []


async def test_redis_holds_nothing_that_tells_who_it_was(cable: Cable) -> None:
    async with cable.plugged_in():
        await guess()

        async with Redis.from_url(redis_url()) as redis:
            keys = await redis.keys(f"{OWN_PREFIX}:*")
            ends = [await redis.ttl(key) for key in keys]

    # What failed, and the places that were held meanwhile.
    assert len(keys) == 3 + 3
    assert not [key for key in keys if ADA.encode() in key or HOME.encode() in key]
    assert all(0 < seconds <= 15 * 60 for seconds in ends)


async def test_what_redis_counted_holds_again_when_it_is_back(cable: Cable) -> None:
    async with cable.plugged_in():
        before = [await guess() for _ in range(3)]

    meanwhile = await guess_until_refused()

    async with cable.plugged_in():
        after = await guess_until_refused()
    assert (before, meanwhile, after) == ([None] * 3, 5, 2)


async def test_an_attempt_during_which_redis_goes_away_counts(cable: Cable) -> None:
    async with cable.plugged_in():
        going_on = throttle.attempt(ADA, HOME)
        await going_on.__aenter__()

    await going_on.__aexit__(None, None, None)

    assert await guess_until_refused() == 4


async def test_an_attempt_during_which_redis_comes_back_counts(cable: Cable) -> None:
    going_on = throttle.attempt(ADA, HOME)
    await going_on.__aenter__()

    async with cable.plugged_in():
        await going_on.__aexit__(None, None, None)

        assert await guess_until_refused() == 4
