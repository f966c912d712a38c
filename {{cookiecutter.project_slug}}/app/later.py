"""Work that the stop waits for: requests, and what goes on after the answer, such as mails."""

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

logger = logging.getLogger(__name__)

# Whatever the work waits for, more than this would only fill the memory.
MOST_PENDING = 100

# The loop itself forgets tasks that nobody holds.
pending: set[asyncio.Task[None]] = set()

# The tasks of requests under way. Those that take too long the server cancels, and
# goes on: it does not wait until they have let go of the database, and answered.
answering: set[asyncio.Task[Any]] = set()


@contextmanager
def waited_for() -> Iterator[None]:
    """Let the stop wait for the request of this task."""
    task = asyncio.current_task()
    assert task
    answering.add(task)
    try:
        yield
    finally:
        answering.discard(task)


def later(act: Coroutine[Any, Any, None], what: str) -> None:
    """Start the act, for which nobody waits and whose failure is only logged."""
    if len(pending) >= MOST_PENDING:
        act.close()
        logger.error("Dropped, since too much is pending: %s", what)
        return
    task = asyncio.create_task(log_failure(act, what))
    pending.add(task)
    task.add_done_callback(pending.discard)


async def log_failure(act: Coroutine[Any, Any, None], what: str) -> None:
    try:
        await act
    except Exception as error:
        # Not its text or traceback: they may hold what the work was about, as a token.
        logger.error("Failed (%s): %s", type(error).__name__, what)


async def finish(seconds: float) -> None:
    """Wait for requests, for what is pending and what that starts, then give it up."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while busy := answering | pending:
                await asyncio.wait(busy)
    late = tuple(pending)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    if late:
        logger.error("Given up at the stop: %d pieces of work", len(late))
