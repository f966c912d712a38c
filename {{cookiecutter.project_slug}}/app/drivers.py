"""The drivers of the databases, alike under every ORM: reaching them, and what they raise."""

import asyncio
import socket
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, suppress
from typing import Any
from urllib.parse import urlsplit

import asyncpg

# In seconds: until a look-up has its answer, for which others may wait as well.
LOOK_UP_TIMEOUT = 15

# In seconds: to reach the database.
CONNECT_TIMEOUT = 10

# Of TCP, in seconds but for the last one, which is in milliseconds: a server that is gone
# without a word is noticed within half a minute, not in a quarter of an hour. Not every
# system has each of them.
NOTICE_A_LOSS = {
    "TCP_KEEPIDLE": 10,
    "TCP_KEEPINTVL": 5,
    "TCP_KEEPCNT": 3,
    "TCP_USER_TIMEOUT": 15_000,
}

# What the driver raises while PostgreSQL is not there, or has no place for us.
AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
)
CLOSED = "connection is closed"

# What the drivers raise when they are not let in, or what they ask for is not done.
REFUSALS = (asyncpg.PostgresError, asyncpg.InterfaceError, sqlite3.Error)
# Of those that a statement without sense is answered: nobody may do it here, or there is
# a table of another program. SQLite has no number for the latter.
NO_MISTAKES = (asyncpg.InsufficientPrivilegeError, asyncpg.DuplicateTableError)
IS_THERE = "already exists"
# SQLite's names of what is there already.
DUPLICATE = ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")


class Refused(Exception):
    """A constraint of the database does not allow what was to be written."""


async def prepare_file(database_url: str) -> None:
    """Let many read a file of SQLite while one writes, or raise what is wrong with it.

    It comes before the driver opens the file in a thread: one that gives up tells the
    event loop so, which may be gone by then.
    """
    url = urlsplit(database_url)
    if url.scheme != "sqlite":
        return
    give_up = time.monotonic() + CONNECT_TIMEOUT
    with closing(sqlite3.connect(url.path.removeprefix("/"), timeout=0)) as connection:
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                # Of processes that do it at once SQLite lets none wait for the other.
                is_busy = error.sqlite_errorname == "SQLITE_BUSY"
                if not is_busy or time.monotonic() > give_up:
                    raise
            await asyncio.sleep(0.01)


async def connect(*arguments: Any, **options: Any) -> asyncpg.Connection:
    """Connect to PostgreSQL; what goes wrong on the way is the driver's own error."""
    try:
        connection = await asyncpg.connect(*arguments, **options)
    except (OSError, UnicodeError) as error:
        # The latter of a name that no host can have.
        raise asyncpg.ClientCannotConnectError(str(error)) from error
    # The driver has no option for it, and no other way to what it sends through.
    notice_a_loss(connection._transport.get_extra_info("socket"))
    return connection


def notice_a_loss(end: socket.socket) -> None:
    """Let the system find out whether the other end of a connection is still there."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, limit in NOTICE_A_LOSS.items():
        # What is on this machine, and reached by a file, takes none of them.
        with suppress(AttributeError, OSError):
            end.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), limit)


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
        # The server has said goodbye, and not hung up yet. What is derived from this is else.
        or type(each) is asyncpg.InternalClientError
        or (isinstance(each, asyncpg.InterfaceError) and CLOSED in str(each))
        # Others have been writing to the file for longer than one waits for it.
        or getattr(each, "sqlite_errorname", None) == "SQLITE_BUSY"
        for each in causes(error)
    )


def why_not(error: BaseException | None) -> str | None:
    """Say in one line what is wrong with the database, if an error came of that."""
    if is_away(error):
        return f"The database cannot be reached ({root_of(error)})."
    said = [first_line(each) for each in causes(error) if is_refusal(each)]
    return f"The database cannot be used: {said[-1]}." if said else None


def is_refusal(error: BaseException) -> bool:
    # A statement that makes no sense is a mistake of ours.
    if isinstance(error, asyncpg.SyntaxOrAccessError):
        return isinstance(error, NO_MISTAKES)
    is_error = getattr(error, "sqlite_errorname", None) == "SQLITE_ERROR"
    return isinstance(error, REFUSALS) and (not is_error or IS_THERE in str(error))


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Give an error and all that it came of, hidden or not: the driver's comes last."""
    while error:
        yield error
        error = error.__context__


def root_of(error: BaseException | None) -> str:
    """Name what an error came of in the end, but for how it stopped what waited."""
    *_, root = (each for each in causes(error) if isinstance(each, Exception))
    return f"{type(root).__name__}: {first_line(root)}"


def first_line(error: BaseException) -> str:
    # The next ones may quote the row, with a password's hash in it.
    return str(error).partition("\n")[0]
