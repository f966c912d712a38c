"""Look-ups that wait at the same moment travel in one query."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key")
Found = TypeVar("Found")


class Gathered(Generic[Key, Found]):
    """Find things by their keys: at once while no query is under way, else together.

    Those who come during a query wait for the next one, which asks for all of them.
    Nobody is answered by a query that began before they came, and nothing is kept:
    what has ended is not found any more. An error is raised for all who waited; one
    who gives up takes nobody else along.
    """

    def __init__(
        self, find_all: Callable[[Collection[Key]], Awaitable[Mapping[Key, Found]]]
    ) -> None:
        self.find_all = find_all
        self.keys: set[Key] = set()
        self.under_way: asyncio.Future[None] | None = None
        self.coming: asyncio.Task[Mapping[Key, Found]] | None = None

    async def find(self, key: Key) -> Found | None:
        if self.coming is None:
            if self.under_way is None:
                return (await self.ask({key})).get(key)
            self.coming = asyncio.create_task(self.ask_after(self.under_way))
        self.keys.add(key)
        return (await asyncio.shield(self.coming)).get(key)

    async def ask(self, keys: Collection[Key]) -> Mapping[Key, Found]:
        self.under_way = ended = asyncio.get_running_loop().create_future()
        try:
            return await self.find_all(keys)
        finally:
            self.under_way = None
            ended.set_result(None)

    async def ask_after(self, ended: asyncio.Future[None]) -> Mapping[Key, Found]:
        """Ask for all who come while a query is under way, once it has ended."""
        try:
            await asyncio.wait([ended])
        finally:
            keys, self.keys, self.coming = self.keys, set(), None
        return await self.ask(keys)
