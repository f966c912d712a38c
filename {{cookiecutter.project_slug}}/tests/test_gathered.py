import asyncio
from collections.abc import Collection, Mapping

import pytest
from anyio import fail_after
from anyio.lowlevel import checkpoint

from app.gathered import Gathered


class Shelf:
    """Things by their numbers, and each query for some of them, answered when told to."""

    def __init__(self) -> None:
        self.things = {1: "a lamp", 2: "a vase"}
        self.asked: list[set[int]] = []
        self.answers: list[asyncio.Future[None]] = []

    async def find_all(self, numbers: Collection[int]) -> Mapping[int, str]:
        self.asked.append(set(numbers))
        found = {n: self.things[n] for n in numbers if n in self.things}
        self.answers.append(asyncio.get_running_loop().create_future())
        await self.answers[-1]
        return found


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def gathered(shelf: Shelf) -> Gathered[int, str]:
    return Gathered(shelf.find_all)


def ask(gathered: Gathered[int, str], number: int) -> asyncio.Task[str | None]:
    return asyncio.create_task(gathered.find(number))


async def until_asked(shelf: Shelf, times: int) -> asyncio.Future[None]:
    """Return what ends a query, once there were so many."""
    with fail_after(60):
        while len(shelf.asked) < times:
            await checkpoint()
    return shelf.answers[-1]


async def test_who_comes_alone_is_asked_for_at_once(
    shelf: Shelf, gathered: Gathered[int, str]
) -> None:
    for number, found in [(1, "a lamp"), (2, "a vase"), (3, None)]:
        one = ask(gathered, number)
        (await until_asked(shelf, number)).set_result(None)
        assert await one == found

    assert shelf.asked == [{1}, {2}, {3}]


async def test_who_comes_during_a_query_is_asked_for_together(
    shelf: Shelf, gathered: Gathered[int, str]
) -> None:
    first = ask(gathered, 1)
    end_first = await until_asked(shelf, 1)
    others = [ask(gathered, number) for number in (2, 3, 2, 1)]
    await checkpoint()

    end_first.set_result(None)
    (await until_asked(shelf, 2)).set_result(None)

    assert await first == "a lamp"
    assert await asyncio.gather(*others) == ["a vase", None, "a vase", "a lamp"]
    assert shelf.asked == [{1}, {1, 2, 3}]


async def test_nobody_is_answered_by_a_query_that_began_before(
    shelf: Shelf, gathered: Gathered[int, str]
) -> None:
    before = ask(gathered, 1)
    end_first = await until_asked(shelf, 1)
    del shelf.things[1]
    after = ask(gathered, 1)
    await checkpoint()

    end_first.set_result(None)
    (await until_asked(shelf, 2)).set_result(None)

    assert await before == "a lamp"
    assert await after is None


async def test_an_error_is_for_those_who_waited_for_it_alone(
    shelf: Shelf, gathered: Gathered[int, str]
) -> None:
    first = ask(gathered, 1)
    end_first = await until_asked(shelf, 1)
    others = [ask(gathered, number) for number in (1, 2)]
    await checkpoint()

    end_first.set_exception(OSError("the shelf fell"))
    (await until_asked(shelf, 2)).set_result(None)

    with pytest.raises(OSError, match="the shelf fell"):
        await first
    assert await asyncio.gather(*others) == ["a lamp", "a vase"]


async def test_an_error_is_for_all_who_waited_for_it(
    shelf: Shelf, gathered: Gathered[int, str]
) -> None:
    first = ask(gathered, 1)
    end_first = await until_asked(shelf, 1)
    others = [ask(gathered, number) for number in (1, 2)]
    await checkpoint()

    end_first.set_result(None)
    (await until_asked(shelf, 2)).set_exception(OSError("the shelf fell"))

    said = await asyncio.gather(*others, return_exceptions=True)
    assert [str(it) for it in said] == ["the shelf fell"] * 2
    assert await first == "a lamp"


async def test_who_gives_up_alone_holds_nobody_up(
    shelf: Shelf, gathered: Gathered[int, str]
) -> None:
    impatient = ask(gathered, 1)
    await until_asked(shelf, 1)
    patient = ask(gathered, 2)
    await checkpoint()

    impatient.cancel()
    (await until_asked(shelf, 2)).set_result(None)

    assert await patient == "a vase"
    assert impatient.cancelled()
    assert shelf.answers[0].cancelled()


@pytest.mark.parametrize("end", [(None, "a vase"), (OSError("it fell"), None)])
async def test_who_gives_up_takes_nobody_along(
    shelf: Shelf,
    gathered: Gathered[int, str],
    end: tuple[Exception | None, str | None],
) -> None:
    error, found = end
    first = ask(gathered, 1)
    end_first = await until_asked(shelf, 1)
    impatient, patient = ask(gathered, 1), ask(gathered, 2)
    await checkpoint()
    impatient.cancel()
    await asyncio.wait([impatient])

    end_first.set_result(None)
    end_second = await until_asked(shelf, 2)
    waits = ask(gathered, 2)
    await checkpoint()
    waits.cancel()
    await asyncio.wait([waits])
    end_second.set_exception(error) if error else end_second.set_result(None)

    assert await first == "a lamp"
    assert impatient.cancelled()
    (said,) = await asyncio.gather(patient, return_exceptions=True)
    assert said == (found or error)
    (await until_asked(shelf, 3)).set_result(None)
    last = ask(gathered, 1)
    (await until_asked(shelf, 4)).set_result(None)
    assert await last == "a lamp"


def test_a_loop_that_stopped_in_between_is_forgotten(
    shelf: Shelf, gathered: Gathered[int, str]
) -> None:
    async def stop_in_between() -> None:
        ask(gathered, 1)
        await until_asked(shelf, 1)
        ask(gathered, 2)
        await checkpoint()

    async def go_on() -> str | None:
        one = ask(gathered, 1)
        (await until_asked(shelf, 2)).set_result(None)
        return await one

    asyncio.run(stop_in_between())

    assert asyncio.run(go_on()) == "a lamp"
