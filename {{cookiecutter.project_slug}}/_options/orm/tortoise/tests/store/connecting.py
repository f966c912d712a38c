"""How the tests reach the store's own connections, and let it use another database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.context import TortoiseContext, require_context

from app.store.database import CONFIG, new_connections, reader, transaction


@asynccontextmanager
async def connected_to(database_url: str) -> AsyncIterator[None]:
    """Let the store of the running service use another database for as long as this lasts."""
    usual = require_context()
    try:
        async with TortoiseContext() as context:
            await adapt_models(context, new_connections(database_url))
            yield
    finally:
        await adapt_models(usual, CONFIG["connections"])


async def adapt_models(context: TortoiseContext, connections: Any) -> None:
    # The models and the cache know one kind of database at a time.
    EXECUTOR_CACHE.clear()
    await context.init(CONFIG | {"connections": connections})


async def ask_writer(statement: str) -> list[tuple[Any, ...]]:
    """Run a statement in a transaction of the store."""
    async with transaction() as db:
        return [tuple(row) for row in (await db.execute_query(statement))[1]]


async def ask_reader(statement: str) -> list[tuple[Any, ...]]:
    """Run a statement where the store looks things up."""
    return [tuple(row) for row in (await reader().execute_query(statement))[1]]
