"""What the pool gives out. That it recovers is seen with a server, from outside."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from sqlite3 import OperationalError
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.exc import InvalidatePoolError

from app.store import database
from app.store.database import fetch_all, refuse_closed
from tests.store.connecting import ask_reader, connected_to


def connection(*, is_closed: bool) -> SimpleNamespace:
    return SimpleNamespace(
        driver_connection=SimpleNamespace(is_closed=lambda: is_closed)
    )


def test_a_connection_that_the_server_closed_is_not_given_out() -> None:
    refuse_closed(connection(is_closed=False))

    with pytest.raises(InvalidatePoolError):
        refuse_closed(connection(is_closed=True))


@asynccontextmanager
async def driver_of_the_pool() -> AsyncIterator[Any]:
    async with database.engine.connect() as connection:
        yield (await connection.get_raw_connection()).driver_connection


async def test_a_connection_on_which_a_look_up_failed_is_not_used_again(
    tmp_path: Path,
) -> None:
    async with connected_to(f"sqlite:///{tmp_path}/accounts.db"):
        async with driver_of_the_pool() as before:
            pass
        async with driver_of_the_pool() as again:
            assert again is before

        with pytest.raises(OperationalError, match="nonsense"):
            await fetch_all("SELECT nonsense", [])

        async with driver_of_the_pool() as after:
            assert after is not before


async def test_the_connection_that_was_used_last_is_taken_first(tmp_path: Path) -> None:
    async with connected_to(f"sqlite:///{tmp_path}/accounts.db"):
        async with driver_of_the_pool() as last, driver_of_the_pool():
            pass

        async with driver_of_the_pool() as taken:
            assert taken is last


async def test_what_was_left_open_is_rolled_back(tmp_path: Path) -> None:
    async with connected_to(f"sqlite:///{tmp_path}/accounts.db"):
        async with driver_of_the_pool() as driver:
            await driver.execute("BEGIN")
            await driver.execute("CREATE TABLE left_open (id)")

        assert await ask_reader("SELECT name FROM sqlite_master") == []
