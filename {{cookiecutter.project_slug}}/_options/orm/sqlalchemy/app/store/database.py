"""The connection to the database, opened with the app and closed with it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any

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
from sqlalchemy.pool import (
    AsyncAdaptedQueuePool,
    ConnectionPoolEntry,
    PoolProxiedConnection,
    PoolResetState,
)

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

# At DEBUG it writes each statement with its values, which may be a password's hash.
logging.getLogger("aiosqlite").setLevel(logging.INFO)
# At INFO it tells that it was closed, at every stop.
logging.getLogger(f"{__name__}.Pool").setLevel(logging.WARNING)

IN_MEMORY = (None, "", ":memory:")

# In seconds: until a connection is free, and until all are closed.
POOL_TIMEOUT = 10
CLOSE_TIMEOUT = 1

Rows = Iterable[Sequence[Any]]

ASK_DRIVER: dict[str, Callable[[Any, str, list[Any]], Awaitable[Rows]]] = {
    "sqlite": lambda driver, *asked: driver.execute_fetchall(*asked),
    "postgresql": lambda driver, query, values: driver.fetch(query, *values),
}

# Held until a transaction ends, by one at a time. Those of SQLite are alone from their start.
LOCK = {
    "sqlite": "SELECT 1",
    "postgresql": "SELECT pg_advisory_xact_lock({})",
}


class Pool(AsyncAdaptedQueuePool):
    """Connections to the database, for which nobody waits for ever."""

    def connect(self) -> PoolProxiedConnection:
        try:
            return super().connect()
        except NoneIsFree:
            raise none_is_free() from None


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
        poolclass=Pool,
        # A database in memory lives in its one connection.
        pool_size=1
        if sqlite and url.database in IN_MEMORY
        else settings.database_pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT,
        # Few are kept busy, the rest are there for when many come at once.
        pool_use_lifo=True,
        pool_reset_on_return=None if sqlite else "rollback",
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
        event.listen(engine.sync_engine, "reset", roll_back)
    else:
        event.listen(engine.sync_engine, "checkout", refuse_closed)
    return engine


def prepare_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in ("synchronous = NORMAL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def roll_back(connection: Any, _: object, state: PoolResetState) -> None:
    # After a look-up nothing is open: in vain it would take as long as the query.
    if connection.driver_connection.in_transaction and not state.terminate_only:
        connection.rollback()


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


async def fetch_all(query: str, parameters: list[Any]) -> Rows:
    """Ask the driver itself for the rows of a SELECT, with no transaction around it."""
    pooled = await engine.raw_connection()
    try:
        driver = pooled.driver_connection
        rows = await ASK_DRIVER[engine.dialect.name](driver, query, parameters)
    except BaseException:
        # One that gave no answer in time would keep the next one waiting as well.
        pooled.invalidate()
        raise
    pooled.close()
    return rows


@asynccontextmanager
async def open_database() -> AsyncIterator[None]:
    """Close the connections at the end; they open by themselves when needed."""
    await prepare_file(settings.database_url)
    try:
        yield
    finally:
        # What the server has not said goodbye to by then, it does not answer at all.
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT):
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
    has_committed(db)


def connections_in_use() -> int:
    return pool().checkedout()


def most_connections() -> int:
    return pool().size()


def pool() -> Pool:
    assert isinstance(engine.pool, Pool)
    return engine.pool


async def request_transaction() -> AsyncIterator[AsyncSession]:
    async with transaction() as db:
        yield db


# The scope makes the commit happen before the client sees the answer.
Database = Annotated[AsyncSession, Depends(request_transaction, scope="function")]
