"""Work that goes on after the answer."""

import asyncio

import pytest

from app import later as module
from app.later import finish, later


async def test_nobody_waits_for_it() -> None:
    gate, done = asyncio.Event(), asyncio.Event()

    async def wait_then_tell() -> None:
        await gate.wait()
        done.set()

    later(wait_then_tell(), "waiting")

    assert not done.is_set()
    gate.set()
    await done.wait()


async def test_its_failure_is_logged_without_what_the_error_says(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail() -> None:
        raise ValueError("the token is 1234")

    later(fail(), "telling")
    await finish(1)

    assert caplog.messages == ["Failed (ValueError): telling"]
    assert "1234" not in caplog.text


async def test_more_than_it_can_hold_is_dropped(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_PENDING", 1)
    gate = asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    later(wait(), "the first")
    later(wait(), "the second")

    assert caplog.messages == ["Dropped, since too much is pending: the second"]
    gate.set()
    await finish(1)


async def test_the_stop_waits_for_it() -> None:
    done: list[int] = []

    async def work(number: int) -> None:
        await asyncio.sleep(0)
        done.append(number)

    for number in range(3):
        later(work(number), "working")
    await finish(1)

    assert done == [0, 1, 2]


async def test_the_stop_does_not_wait_for_ever(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def never_end() -> None:
        await asyncio.Event().wait()

    later(never_end(), "waiting")
    await finish(0.01)

    assert caplog.messages == ["Given up at the stop: 1 pieces of work"]
    assert not module.pending


async def test_nothing_to_do_is_no_reason_to_wait() -> None:
    async with asyncio.timeout(30):
        await finish(60)
