"""The connection to the database, opened with the app and closed with it."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from weakref import WeakKeyDictionary

import asyncpg
from fastapi import Depends
from sqlalchemy import Connection, event, make_url
from sqlalchemy.exc import IntegrityError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as NoneIsFree
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry

from app.settings import settings

# At DEBUG it writes each statement with its values, which may be a password's hash.
logging.getLogger("aiosqlite").setLevel(logging.INFO)

IN_MEMORY = (None, "", ":memory:")

# In seconds: to reach the database, and until a connection is free.
CONNECT_TIMEOUT = 10
POOL_TIMEOUT = 10
# In seconds: until a look-up has its answer, for which others may wait as well.
LOOK_UP_TIMEOUT = 15
# In seconds: until the driver of SQLite, in a thread of its own, has told the event loop
# that it gives up. A loop that is gone by then makes it a traceback.
LAST_WORD_TIMEOUT = 0.1

# What the driver raises while PostgreSQL is not there, or has no place for us.
AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    # Of a connection on which the server has said goodbye, and not hung up yet.
    asyncpg.InternalClientError,
    NoneIsFree,
)
CLOSED = "connection is closed"

# What the drivers raise when they are not let in, or what they ask for is not done.
REFUSALS = (asyncpg.PostgresError, asyncpg.InterfaceError, sqlite3.Error)
# SQLite's names of what is there already.
DUPLICATE = ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")

# Held until a transaction ends, by one at a time. Those of SQLite are alone from their start.
LOCK = {
    "sqlite": "SELECT 1",
    "postgresql": "SELECT pg_advisory_xact_lock({})",
}


# What is to be done when a transaction has committed; of one that fails, all is forgotten.
afterwards: WeakKeyDictionary[object, list[Callable[[], None]]] = WeakKeyDictionary()


class Refused(Exception):
    """A constraint of the database does not allow what was to be written."""


def new_engine(database_url: str) -> AsyncEngine:
    """Return an engine for SQLite or PostgreSQL, by an address as in `DATABASE_URL`."""
    url = make_url(database_url)
    sqlite = url.drivername == "sqlite"
    query = dict(url.query)
    if "sslmode" in query:
        # The driver's name for what every other client calls sslmode.
        query["ssl"] = query.pop("sslmode")
    engine = create_async_engine(
        url.set(
            drivername="sqlite+aiosqlite" if sqlite else "postgresql+asyncpg",
            query=query,
        ),
        poolclass=AsyncAdaptedQueuePool,
        # A database in memory lives in its one connection.
        pool_size=1
        if sqlite and url.database in IN_MEMORY
        else settings.database_pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT,
        # The parameters of a failed statement may be a password's hash.
        hide_parameters=True,
        connect_args={
            "timeout": CONNECT_TIMEOUT,
            # On SQLite the driver begins nothing by itself: `begin_immediate` does.
            **({"isolation_level": None} if sqlite else {"async_creator_fn": connect}),
        },
    )
    if sqlite:
        event.listen(engine.sync_engine, "connect", prepare_sqlite)
        event.listen(engine.sync_engine, "begin", begin_immediate)
    else:
        event.listen(engine.sync_engine, "checkout", refuse_closed)
    return engine


async def connect(*arguments: Any, **options: Any) -> asyncpg.Connection:
    """Connect to PostgreSQL; what goes wrong on the way is the driver's own error."""
    try:
        return await asyncpg.connect(*arguments, **options)
    except OSError as error:
        raise asyncpg.ClientCannotConnectError(str(error)) from error


def prepare_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def refuse_closed(connection: Any, *_: object) -> None:
    # The driver is told when the server goes away: no need to ping it each time,
    # which would take three round trips. Then all that wait in the pool are stale.
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError


def begin_immediate(connection: Connection) -> None:
    # A transaction that reads first and writes later would fail where another
    # one wrote in between; one that takes the lock at once waits its turn.
    if not connection.get_execution_options().get("reads_only"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def new_reader(engine: AsyncEngine) -> AsyncEngine:
    """Return the engine for a look-up on its own: one SELECT, with no transaction around it."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(reads_only=True)
    return engine.execution_options(isolation_level="AUTOCOMMIT")


engine = new_engine(settings.database_url)
new_session = async_sessionmaker(engine, expire_on_commit=False)
reader = new_reader(engine)


@asynccontextmanager
async def look_up() -> AsyncIterator[None]:
    """Give up waiting for an answer, as if the connection were lost: it may well be."""
    try:
        async with asyncio.timeout(LOOK_UP_TIMEOUT):
            yield
    except TimeoutError:
        raise asyncpg.ConnectionDoesNotExistError("No answer came.") from None


@asynccontextmanager
async def open_database() -> AsyncIterator[None]:
    """Close the connections at the end; they open by themselves when needed."""
    try:
        yield
    except BaseException:
        await asyncio.sleep(LAST_WORD_TIMEOUT)
        raise
    finally:
        await engine.dispose()


@asynccontextmanager
async def transaction() -> AsyncIterator[AsyncSession]:
    """Commit at the end, roll back when an error passes through.

    For what a hash comes before: no connection waits while a password is hashed.
    """
    try:
        async with new_session.begin() as db:
            yield db
    except IntegrityError as error:
        raise Refused(first_line(error)) from None
    for act in afterwards.pop(db, ()):
        act()


def after_commit(db: AsyncSession, act: Callable[[], None]) -> None:
    """Do it when the transaction has committed, or never."""
    afterwards.setdefault(db, []).append(act)


def connections_in_use() -> int:
    return pool().checkedout()


def most_connections() -> int:
    return pool().size()


def pool() -> AsyncAdaptedQueuePool:
    assert isinstance(engine.pool, AsyncAdaptedQueuePool)
    return engine.pool


def is_duplicate(error: IntegrityError) -> bool:
    """Whether it was refused because it must be unique and is there already."""
    # Its words are in the language of the server.
    return any(
        isinstance(each, asyncpg.UniqueViolationError)
        or getattr(each, "sqlite_errorname", None) in DUPLICATE
        for each in causes(error)
    )


def is_away(error: BaseException | None) -> bool:
    """Whether an error tells, or came of it, that the database cannot be reached now."""
    return any(
        isinstance(each, AWAY)
        or (isinstance(each, asyncpg.InterfaceError) and CLOSED in str(each))
        for each in causes(error)
    )


def why_not(error: BaseException | None) -> str | None:
    """Say in one line what is wrong with the database, if an error came of that."""
    if is_away(error):
        return "The database cannot be reached."
    said = [first_line(each) for each in causes(error) if isinstance(each, REFUSALS)]
    return f"The database cannot be used: {said[-1]}." if said else None


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Give an error and all that it came of, hidden or not: the driver's comes last."""
    while error:
        yield error
        error = error.__context__


def first_line(error: BaseException) -> str:
    # The next ones may quote the row, with a password's hash in it.
    return str(error).partition("\n")[0]


async def request_transaction() -> AsyncIterator[AsyncSession]:
    async with transaction() as db:
        yield db


# The scope makes the commit happen before the client sees the answer.
Database = Annotated[AsyncSession, Depends(request_transaction, scope="function")]
