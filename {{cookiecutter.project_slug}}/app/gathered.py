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
        self.current: asyncio.Task[Mapping[Key, Found]] | None = None
        self.coming: asyncio.Task[Mapping[Key, Found]] | None = None

    async def find(self, key: Key) -> Found | None:
        self.keys.add(key)
        if self.coming is None:
            self.coming = asyncio.create_task(self.ask_after(self.current))
        found = await asyncio.shield(self.coming)
        return found.get(key)

    async def ask_after(
        self, former: asyncio.Task[Mapping[Key, Found]] | None
    ) -> Mapping[Key, Found]:
        try:
            if former and not former.done():
                await asyncio.wait([former])
        finally:
            keys, self.keys = self.keys, set()
            self.current, self.coming = self.coming, None
        return await self.find_all(keys)
