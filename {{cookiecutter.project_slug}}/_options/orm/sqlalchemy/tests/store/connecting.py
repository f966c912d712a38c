"""How the tests reach the store's own connections, and let it use another database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import text

from app.store import api_keys, database, logins, schema
from app.store.database import new_engine, new_reader, transaction


@asynccontextmanager
async def connected_to(database_url: str) -> AsyncIterator[None]:
    """Let the store of the running service use another database for as long as this lasts."""
    usual, engine = database.engine, new_engine(database_url)
    with pytest.MonkeyPatch.context() as patch:
        for module in (database, schema, logins):
            patch.setattr(module, "engine", engine)
        for module in (database, schema, api_keys):
            patch.setattr(module, "reader", new_reader(engine))
        database.new_session.configure(bind=engine)
        try:
            yield
        finally:
            database.new_session.configure(bind=usual)
            await engine.dispose()


async def ask_writer(statement: str) -> list[tuple[Any, ...]]:
    """Run a statement in a transaction of the store."""
    async with transaction() as db:
        return [tuple(row) for row in await db.execute(text(statement))]


async def ask_reader(statement: str) -> list[tuple[Any, ...]]:
    """Run a statement where the store looks things up."""
    async with database.reader.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(statement))]
