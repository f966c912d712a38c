"""What the pool gives out. That it recovers is seen with a server, from outside."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import InvalidatePoolError

from app.store import database
from app.store.database import refuse_closed
from tests.store.connecting import ask_reader, connected_to


def connection(*, is_closed: bool) -> SimpleNamespace:
    return SimpleNamespace(
        driver_connection=SimpleNamespace(is_closed=lambda: is_closed)
    )


def test_a_connection_that_the_server_closed_is_not_given_out() -> None:
    refuse_closed(connection(is_closed=False))

    with pytest.raises(InvalidatePoolError):
        refuse_closed(connection(is_closed=True))


async def test_what_was_left_open_is_rolled_back(tmp_path: Path) -> None:
    async with connected_to(f"sqlite:///{tmp_path}/accounts.db"):
        async with database.engine.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver
            await driver.execute("BEGIN")
            await driver.execute("CREATE TABLE left_open (id)")

        assert await ask_reader("SELECT name FROM sqlite_master") == []
