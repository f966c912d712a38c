"""The drivers of the databases, alike under every ORM: reaching them, and what they raise."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

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
)
CLOSED = "connection is closed"

# What the drivers raise when they are not let in, or what they ask for is not done.
REFUSALS = (asyncpg.PostgresError, asyncpg.InterfaceError, sqlite3.Error)
# SQLite's names of what is there already.
DUPLICATE = ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")


class Refused(Exception):
    """A constraint of the database does not allow what was to be written."""


async def connect(*arguments: Any, **options: Any) -> asyncpg.Connection:
    """Connect to PostgreSQL; what goes wrong on the way is the driver's own error."""
    try:
        return await asyncpg.connect(*arguments, **options)
    except OSError as error:
        raise asyncpg.ClientCannotConnectError(str(error)) from error


def none_is_free() -> asyncpg.ClientCannotConnectError:
    """Return what is raised when all connections of the pool are in use for too long."""
    return asyncpg.ClientCannotConnectError("No connection is free.")


@asynccontextmanager
async def look_up() -> AsyncIterator[None]:
    """Give up waiting for an answer, as if the connection were lost: it may well be."""
    try:
        async with asyncio.timeout(LOOK_UP_TIMEOUT):
            yield
    except TimeoutError:
        raise asyncpg.ConnectionDoesNotExistError("No answer came.") from None


def is_duplicate(error: Exception) -> bool:
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
