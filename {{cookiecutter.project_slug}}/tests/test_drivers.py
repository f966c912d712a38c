"""What both ORMs leave to the drivers of the databases."""

import asyncio
import socket
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest

from app import drivers
from app.drivers import connect, is_away, notice_a_loss, prepare_file, why_not
from tests.small_server import URL, small_server
from tests.store.connecting import ask_writer


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "accounts.db"


@pytest.fixture
def other(file: Path) -> Iterator[sqlite3.Connection]:
    """Another process, which has the file to itself."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield connection


def journal_of(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        ((mode,),) = connection.execute("PRAGMA journal_mode")
        return str(mode)


async def test_a_file_is_prepared_when_another_process_is_done_with_it(
    file: Path, other: sqlite3.Connection
) -> None:
    preparing = asyncio.create_task(prepare_file(f"sqlite:///{file}"))
    await asyncio.sleep(0)
    assert not preparing.done()

    other.execute("ROLLBACK")
    await preparing

    assert journal_of(file) == "wal"


@pytest.mark.usefixtures("other")
async def test_a_file_that_stays_locked_is_waited_for_in_vain(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drivers, "CONNECT_TIMEOUT", 0)

    with pytest.raises(sqlite3.OperationalError, match="locked"):
        await prepare_file(f"sqlite:///{file}")


@pytest.mark.usefixtures("other")
async def test_a_file_that_others_write_to_for_too_long_is_away_for_now(
    file: Path,
) -> None:
    with (
        closing(sqlite3.connect(file, timeout=0)) as connection,
        pytest.raises(sqlite3.OperationalError) as raised,
    ):
        connection.execute("BEGIN IMMEDIATE")

    assert is_away(raised.value)


async def test_a_server_has_no_file_to_prepare(file: Path) -> None:
    await prepare_file(f"postgresql:///{file}")

    assert journal_of(file) == "delete"


@pytest.mark.skipif(sys.platform != "linux", reason="others have not all of it")
async def test_a_server_that_is_gone_without_a_word_is_noticed_within_half_a_minute() -> (
    None
):
    async with small_server() as server:
        connection = await connect(URL.format(server.port))
        end = connection._transport.get_extra_info("socket")
        is_watched = end.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        idle, interval, count, unanswered = [
            end.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))
            for name in drivers.NOTICE_A_LOSS
        ]
        connection.terminate()

    assert is_watched
    assert idle + interval * count <= 30
    assert unanswered <= 30_000


def test_a_server_on_this_machine_is_noticed_anyway() -> None:
    here, there = socket.socketpair(socket.AF_UNIX)
    with here, there:
        notice_a_loss(here)

        assert here.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


@pytest.mark.usefixtures("client")
async def test_a_statement_that_makes_no_sense_is_a_mistake_of_ours() -> None:
    with pytest.raises(Exception, match="nonsense") as raised:
        await ask_writer("SELECT nonsense")

    assert why_not(raised.value) is None


def test_of_what_was_stopped_the_reason_is_told() -> None:
    error = asyncpg.ClientCannotConnectError("no answer")
    error.__context__ = asyncio.CancelledError()

    assert "(ClientCannotConnectError: no answer)" in (why_not(error) or "")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (asyncpg.InvalidPasswordError("no entry"), "cannot be used: no entry"),
        (asyncpg.InsufficientPrivilegeError("no right"), "cannot be used: no right"),
        (asyncpg.UndefinedTableError("no table"), "nothing"),
        (asyncpg.DuplicateTableError("is there"), "cannot be used: is there"),
        (asyncpg.InterfaceError("connection is closed"), "cannot be reached"),
        (asyncpg.InterfaceError("in another operation"), "cannot be used"),
        (asyncpg.InternalClientError("cannot switch to state 1"), "cannot be reached"),
        (asyncpg.ProtocolError("unexpected message"), "nothing"),
        (ZeroDivisionError(), "nothing"),
    ],
)
def test_what_is_wrong_with_the_database_is_told_and_nothing_else(
    error: Exception, told: str
) -> None:
    assert told in (why_not(error) or "nothing")
