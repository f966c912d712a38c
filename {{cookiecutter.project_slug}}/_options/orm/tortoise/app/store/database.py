"""The connection to the database, opened with the app and closed with it."""

import logging
from asyncio import gather
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import asyncpg
from fastapi import Depends
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    BaseDBAsyncClient,
    TransactionalDBClient,
    TransactionContextPooled,
)
from tortoise.backends.sqlite.client import SqliteClient as LibrarysSqliteClient
from tortoise.backends.sqlite.client import (
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)
from tortoise.connection import get_connection, get_connections
from tortoise.context import TortoiseContext, get_current_context
from tortoise.exceptions import IntegrityError, TransactionManagementError
from tortoise.transactions import in_transaction

from app.commits import has_committed
from app.drivers import (
    CONNECT_TIMEOUT,
    Refused,
    connect,
    first_line,
    none_is_free,
    prepare_file,
)
from app.settings import settings

# At DEBUG they write each statement with its values, which may be a password's hash.
for name in ("aiosqlite", "tortoise.db_client"):
    logging.getLogger(name).setLevel(logging.INFO)

IN_MEMORY = ("", ":memory:")

# In seconds: until a connection is free, and until one is tidied up.
POOL_TIMEOUT = 10
RELEASE_TIMEOUT = 1

PRAGMAS = {
    # In milliseconds; first, since the other ones may have to wait too.
    "busy_timeout": 10_000,
    "synchronous": "NORMAL",
    "foreign_keys": "ON",
}

# Held until a transaction ends, by one at a time. Those of SQLite are alone from their start.
LOCK = {
    "sqlite": "SELECT 1",
    "postgres": "SELECT pg_advisory_xact_lock({})",
}

BEGIN_IMMEDIATE = {"sqlite": ["BEGIN IMMEDIATE"], "postgres": []}


def new_connections(database_url: str, **pragmas: str) -> dict[str, Any]:
    """Return the connections to SQLite or PostgreSQL, by an address as in `DATABASE_URL`."""
    url = urlsplit(database_url)
    if url.scheme == "postgresql":
        return {"default": postgresql(url)}
    path = url.path.removeprefix("/")
    if path in IN_MEMORY:
        return {"default": sqlite(":memory:", **pragmas)}
    # A transaction keeps the one connection to itself: look-ups have another.
    return {
        "default": sqlite(path, **pragmas),
        "reader": sqlite(path, query_only="ON"),
    }


def sqlite(path: str, **pragmas: str) -> dict[str, Any]:
    credentials = {"file_path": path, **PRAGMAS, **pragmas}
    return {"engine": "app.store.database", "credentials": credentials}


def postgresql(url: SplitResult) -> dict[str, Any]:
    query = dict(parse_qsl(url.query))
    if "sslmode" in query:
        # The driver's name for what every other client calls sslmode.
        query["ssl"] = query.pop("sslmode")
    credentials = {
        "host": url.hostname,
        "port": url.port or 5432,
        "user": unquote(url.username) if url.username else None,
        "password": unquote(url.password) if url.password else None,
        "database": url.path.removeprefix("/") or None,
        "maxsize": settings.database_pool_size,
        "timeout": CONNECT_TIMEOUT,
        **query,
    }
    return {"engine": "app.store.database", "credentials": credentials}


class Pool(asyncpg.Pool):  # type: ignore[misc]  # it has no types
    """Connections to PostgreSQL, for which nobody waits for ever."""

    async def acquire(self) -> Any:
        try:
            return await super().acquire(timeout=POOL_TIMEOUT)
        except TimeoutError:
            raise none_is_free() from None

    async def release(
        self,
        connection: Any,
        *,
        timeout: float | None = None,  # noqa: ASYNC109  # as in the driver
    ) -> None:
        # One that does not answer any more is thrown away then.
        await super().release(connection, timeout=timeout or RELEASE_TIMEOUT)


class SqliteTransaction(SqliteTransactionContext):
    """Gives the one connection back if it does not begin: the library would keep it."""

    async def __aenter__(self) -> TransactionalDBClient:
        try:
            return await super().__aenter__()
        except BaseException as error:
            if hasattr(self, "token"):
                await self.__aexit__(type(error), error, None)
            raise


class SqliteClient(LibrarysSqliteClient):
    # By which the library chooses how to change a table.
    __module__ = LibrarysSqliteClient.__module__

    def _in_transaction(self) -> SqliteTransaction:
        return SqliteTransaction(SqliteTransactionWrapper(self), self._lock)


class PostgresqlTransaction(TransactionContextPooled):
    async def __aenter__(self) -> TransactionalDBClient:
        try:
            return await super().__aenter__()
        except BaseException:
            if hasattr(self, "token"):
                # The library would keep the connection, and begin in it ever after.
                # Nothing has begun that could be rolled back.
                self.client._finalized = True
                await self.__aexit__(None, None, None)
            raise


class PostgresqlClient(AsyncpgDBClient):
    def _in_transaction(self) -> PostgresqlTransaction:
        return PostgresqlTransaction(TransactionWrapper(self), self._pool_init_lock)

    async def create_pool(self, **options: Any) -> Pool:
        # What is not ours is as the driver's own `create_pool` has it.
        pool: Pool = await Pool(
            connect=connect,
            record_class=asyncpg.Record,
            max_queries=50_000,
            max_inactive_connection_lifetime=300,
            **options,
        )
        return pool

    @property
    def in_use(self) -> int:
        return self._pool.get_size() - self._pool.get_idle_size() if self._pool else 0


def get_client_class(connection: dict[str, Any]) -> type[BaseDBAsyncClient]:
    """Return what a connection is made by: the library asks where it says, which is here."""
    of_a_file = "file_path" in connection["credentials"]
    return SqliteClient if of_a_file else PostgresqlClient


APPS = {
    "store": {
        "models": ["app.store.models"],
        "migrations": "migrations",
        "default_connection": "default",
    }
}
CONFIG = {
    "connections": new_connections(settings.database_url),
    "apps": APPS,
    "use_tz": True,
    "timezone": "UTC",
}


def reader() -> BaseDBAsyncClient:
    """Return the connection for a look-up on its own: one SELECT, with no transaction around it."""
    connections = get_connections()
    return connections.get("reader" if "reader" in connections.db_config else "default")


async def open_files() -> None:
    """Open SQLite before anybody asks: who gave up meanwhile would leave it half open."""
    files = [it for it in get_connections().all() if isinstance(it, SqliteClient)]
    await gather(*[file.create_connection(with_db=True) for file in files])


@asynccontextmanager
async def open_database() -> AsyncIterator[None]:
    """Close the connections at the end; those to PostgreSQL open when they are needed."""
    await prepare_file(settings.database_url)
    is_outermost = get_current_context() is None
    async with TortoiseContext() as context:
        # Requests run in other tasks than the one that opens the database.
        await context.init(CONFIG, _enable_global_fallback=is_outermost)
        await open_files()
        yield


@asynccontextmanager
async def transaction() -> AsyncIterator[TransactionalDBClient]:
    """Commit at the end, roll back when an error passes through.

    For what a hash comes before: no connection waits while a password is hashed.
    """
    try:
        async with in_transaction("default") as db:
            await begin_immediate(db)
            yield db
            await commit(db)
    except IntegrityError as error:
        raise Refused(first_line(error)) from None
    has_committed(db)


async def commit(db: TransactionalDBClient) -> None:
    try:
        await db.commit()
    except Exception as error:
        # PostgreSQL has ended it; on SQLite it would stay open, in the way of all others.
        with suppress(Exception):
            await db.rollback()
        # The one error after which the library does not try to roll back.
        raise TransactionManagementError(first_line(error)) from None


async def begin_immediate(db: TransactionalDBClient) -> None:
    # A transaction that reads first and writes later would fail where another
    # one wrote in between; one that takes the lock at once waits its turn.
    # A script commits what was begun before it: nothing yet.
    for statement in BEGIN_IMMEDIATE[db.capabilities.dialect]:
        await db.execute_script(statement)


def connections_in_use() -> int:
    connection: Any = get_connection("default")
    if isinstance(connection, PostgresqlClient):
        return connection.in_use
    # While a transaction has the one connection of SQLite, it is nobody else's.
    return int(connection._lock.locked())


def most_connections() -> int:
    of_a_pool = isinstance(get_connection("default"), PostgresqlClient)
    return settings.database_pool_size if of_a_pool else 1


async def request_transaction() -> AsyncIterator[TransactionalDBClient]:
    async with transaction() as db:
        yield db


# The scope makes the commit happen before the client sees the answer.
Database = Annotated[
    TransactionalDBClient, Depends(request_transaction, scope="function")
]
