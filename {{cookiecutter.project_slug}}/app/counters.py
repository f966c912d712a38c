"""Counters that all workers share, and each worker's own while those are away."""

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from limits.aio.storage import MemoryStorage, RedisStorage
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# Waited at most for the shared counters, to connect and for each answer.
PATIENCE_SECONDS = 0.8
# Waited at most for one of the connections, while all are in use by others.
QUEUE_SECONDS = 5
# Left alone for so long once they were found away, so that few callers wait in vain.
TRIED_AGAIN_AFTER_SECONDS = 5

IN_MEMORY = "memory://"
# Of the keys in Redis.
PREFIX = "throttle"

Storage = MemoryStorage | RedisStorage
Result = TypeVar("Result")


class OwnStorage(MemoryStorage):
    """Counters of this process alone."""

    async def clear(self, key: str) -> None:
        # Emptied, not dropped: the clean-up task, which drops what is empty, would
        # fail on a key that is gone while it is at it.
        await super().clear(key)
        self.events[key] = []


class Counters:
    """Counters at `memory://`, or at `redis://…`, where other processes use them too.

    While Redis is away this process counts by itself: so neither is everyone locked
    out nor may everyone guess without end.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._reset()

    @property
    def are_shared(self) -> bool:
        return self.url != IN_MEMORY

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        self._reset()
        try:
            yield
        finally:
            if self.pool:
                await self.pool.aclose()

    def _reset(self) -> None:
        # Locks and connections belong to the loop that they are first used in.
        self.own = OwnStorage()
        self.pool = new_pool(self.url) if self.are_shared else None
        self.shared = shared_storage(self.pool) if self.pool else None
        self.away = False
        self.next_try = 0.0

    async def use(self, act: Callable[[Storage], Awaitable[Result]]) -> Result:
        """Return what the act returns, which is done again if it failed half-way."""
        if self.shared and self._is_worth_a_try():
            try:
                result = await act(self.shared)
            except (RedisError, OSError) as error:
                self._note_outage(error)
            else:
                self._note_return()
                return result
        return await act(self.own)

    def _is_worth_a_try(self) -> bool:
        if not self.away:
            return True
        if time.monotonic() < self.next_try:
            return False
        # The one who tries waits; whoever comes meanwhile does not.
        self.next_try = time.monotonic() + TRIED_AGAIN_AFTER_SECONDS
        return True

    def _note_outage(self, error: Exception) -> None:
        if not self.away:
            # The error's text may hold the address, and with it a password.
            logger.error("The shared counters are away: %s", type(error).__name__)
        self.away = True
        self.next_try = time.monotonic() + TRIED_AGAIN_AFTER_SECONDS

    def _note_return(self) -> None:
        if self.away:
            logger.warning("The shared counters are back.")
        self.away = False


def new_pool(url: str) -> BlockingConnectionPool:
    # One that does not let its callers wait would fail when many come at once, and
    # look as if Redis were away.
    return BlockingConnectionPool.from_url(
        url,
        timeout=QUEUE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
        socket_timeout=PATIENCE_SECONDS,
        # What fails is counted here instead: trying again would keep people waiting.
        retry=Retry(NoBackoff(), 0),
    )


def shared_storage(pool: BlockingConnectionPool) -> RedisStorage:
    options: dict[str, Any] = {"connection_pool": pool}
    # The address is the pool's: by itself the library reads none without a port.
    return RedisStorage(
        "redis://", implementation="redispy", key_prefix=PREFIX, **options
    )
