"""The test database, reached past the ORM: as somebody with a copy of it would."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import aiosqlite
import asyncpg

from app.settings import settings
from tests.store import tables as known

TABLES, BOOKKEEPING = known.TABLES, known.BOOKKEEPING

Rows = list[tuple[Any, ...]]

KIND = urlsplit(settings.database_url).scheme
# How the driver of each kind connects and reads, and how one more database comes and goes.
CONNECT, FETCH, CREATE, DROP, ONE_MORE = {
    "sqlite": (
        lambda url: aiosqlite.connect(
            url.removeprefix("sqlite:///"), isolation_level=None
        ),
        "execute_fetchall",
        "SELECT 1",
        "SELECT 1",
        "sqlite:///{folder}/{name}.db",
    ),
    "postgresql": (
        asyncpg.connect,
        "fetch",
        "CREATE DATABASE {name}",
        "DROP DATABASE {name} WITH (FORCE)",
        urlsplit(settings.database_url)._replace(path="/{name}").geturl(),
    ),
}[KIND]


async def run(statement: str, database_url: str = settings.database_url) -> Rows:
    """Run one SQL statement, committed at once, and return its rows."""
    (rows,) = await run_all([statement], database_url)
    return rows


async def run_all(
    statements: Iterable[str], database_url: str = settings.database_url
) -> list[Rows]:
    """Run SQL statements on one connection, each committed at once."""
    connection: Any = await CONNECT(database_url)
    try:
        return [
            [tuple(row) for row in await getattr(connection, FETCH)(statement)]
            for statement in statements
        ]
    finally:
        await connection.close()


async def change_user(email: str, assignment: str) -> None:
    await run(f"UPDATE users SET {assignment} WHERE email = '{email}'")  # noqa: S608  # words of our own


async def empty() -> None:
    """Remove every account and all else that the tables hold."""
    await run_all(f'DELETE FROM "{table}"' for table in reversed(TABLES))  # noqa: S608  # names of our own


async def dump() -> str:
    """Return all that the tables hold, as text."""
    return str(await run_all(f'SELECT * FROM "{table}"' for table in TABLES))  # noqa: S608  # names of our own


@asynccontextmanager
async def without(*tables: str) -> AsyncIterator[None]:
    """Take tables away for as long as this lasts."""
    for table in tables:
        await run(f'ALTER TABLE "{table}" RENAME TO "{table}_away"')
    try:
        yield
    finally:
        for table in tables:
            await run(f'ALTER TABLE "{table}_away" RENAME TO "{table}"')


@asynccontextmanager
async def unmigrated() -> AsyncIterator[None]:
    """Let it look as if no migration had been applied for as long as this lasts."""
    away = f"{BOOKKEEPING}_away"
    async with without(BOOKKEEPING):
        await run(f"CREATE TABLE {BOOKKEEPING} AS SELECT * FROM {away} WHERE false")  # noqa: S608  # names of our own
        try:
            yield
        finally:
            await run(f"DROP TABLE {BOOKKEEPING}")


@asynccontextmanager
async def migrated_by_a_newer_release() -> AsyncIterator[None]:
    """Let the bookkeeping name a migration that is not here for as long as this lasts."""
    kept = f"{BOOKKEEPING}_kept"
    await run(f"CREATE TABLE {kept} AS SELECT * FROM {BOOKKEEPING}")  # noqa: S608  # names of our own
    await run(known.APPLY_A_NEWER_ONE)
    try:
        yield
    finally:
        await run(f"DELETE FROM {BOOKKEEPING}")  # noqa: S608  # names of our own
        await run(f"INSERT INTO {BOOKKEEPING} SELECT * FROM {kept}")  # noqa: S608  # names of our own
        await run(f"DROP TABLE {kept}")


@asynccontextmanager
async def one_more(folder: Path) -> AsyncIterator[str]:
    """Give the address of an empty database of the same kind."""
    names = {"folder": str(folder), "name": f"tests_{uuid4().hex}"}
    await run(CREATE.format(**names))
    try:
        yield ONE_MORE.format(**names)
    finally:
        await run(DROP.format(**names))
