"""The tables as the migrations make them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import AsyncConnection

from app.drivers import look_up
from app.store.database import LOCK, engine, reader
from app.store.models import UserRow

ALEMBIC_INI = Path(__file__).parents[2] / "alembic.ini"

USERS = UserRow.__tablename__

# The lock of who migrates. The number is any, the same for every process.
MIGRATING = 7403258911

# SQLite cannot alter most things: the table is copied and dropped instead, which would
# remove all that points to it. Of no effect in a transaction.
CHECK_FOREIGN_KEYS = {
    "sqlite": "PRAGMA foreign_keys = {}",
    "postgresql": "SELECT 1",
}


async def migrate() -> None:
    """Bring the schema up to date; of processes that do it at once, one works at a time."""
    async with migration() as connection:
        await connection.run_sync(_upgrade)


@asynccontextmanager
async def migration() -> AsyncIterator[AsyncConnection]:
    """A transaction that may rebuild tables, alone of its kind."""
    dialect = engine.dialect.name
    check_foreign_keys = CHECK_FOREIGN_KEYS[dialect].format
    async with engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.execute(check_foreign_keys("OFF"))
        try:
            async with connection.begin():
                await connection.exec_driver_sql(LOCK[dialect].format(MIGRATING))
                yield connection
        finally:
            await driver.execute(check_foreign_keys("ON"))


def _upgrade(connection: Connection) -> None:
    if _has_newest_revision(connection):
        # That of a newer release would be unknown to the library.
        return
    config = Config(ALEMBIC_INI)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def is_current() -> bool:
    """Whether the schema has all that this code is for; a newer release may have added to it."""
    async with look_up(), reader.connect() as connection:
        return await connection.run_sync(_has_newest_revision)


def _has_newest_revision(connection: Connection) -> bool:
    known, newest = _revisions()
    applied = set(MigrationContext.configure(connection).get_current_heads())
    # What is not known here is of a newer release, or of another program.
    is_newer = not applied <= known and inspect(connection).has_table(USERS)
    return is_newer or applied == newest


# Read once: whoever asks whether we are ready must not make us read all migrations.
@cache
def _revisions() -> tuple[set[str], set[str]]:
    """Return all that there are, and the newest of them."""
    scripts = ScriptDirectory.from_config(Config(ALEMBIC_INI))
    known = {script.revision for script in scripts.walk_revisions()}
    return known, set(scripts.get_heads())
