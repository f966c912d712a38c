"""The tables as the migrations make them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tortoise.backends.base.client import TransactionalDBClient
from tortoise.connection import get_connection
from tortoise.context import require_context
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_editor import BaseSchemaEditor
from tortoise.utils import generate_schema_for_client

from app.settings import settings
from app.store import database
from app.store.database import (
    APPS,
    LOCK,
    begin_immediate,
    new_connections,
    reader,
    transaction,
)

# The lock of who migrates. The number is any, the same for every process.
MIGRATING = 7403258911

# SQLite cannot alter most things: the table is copied and dropped instead, which would
# remove all that points to it. Of no effect in a transaction.
CHECK_FOREIGN_KEYS = {
    "sqlite": "PRAGMA foreign_keys = {}",
    "postgres": "SELECT 1",
}

# For the command `tortoise`, which may rebuild tables too.
CONFIG = {
    **database.CONFIG,
    "connections": new_connections(settings.database_url, foreign_keys="OFF"),
}


async def migrate() -> None:
    """Bring the schema up to date; of processes that do it at once, one works at a time."""
    async with migration() as db:
        executor = MigrationExecutor(db, APPS)
        executor.recorder = executor.loader.recorder = Recorder(db)
        await executor.migrate()
        await _restore_indexes(db)


async def _restore_indexes(db: TransactionalDBClient) -> None:
    # The library leaves them out when it rebuilds a table of SQLite. Nothing is made for
    # models that are ahead of the migrations.
    apps = require_context().apps
    assert apps
    if not await MigrationAutodetector(apps, APPS).changes():
        await generate_schema_for_client(db, safe=True)


@asynccontextmanager
async def migration() -> AsyncIterator[TransactionalDBClient]:
    """A transaction that may rebuild tables, alone of its kind."""
    connection = get_connection("default")
    dialect = connection.capabilities.dialect
    check_foreign_keys = CHECK_FOREIGN_KEYS[dialect].format
    await connection.execute_query(check_foreign_keys("OFF"))
    try:
        async with transaction() as db:
            await db.execute_query(LOCK[dialect].format(MIGRATING))
            yield db
    finally:
        await connection.execute_query(check_foreign_keys("ON"))


class Recorder(MigrationRecorder):
    """Notes which migrations are applied, in the transaction that applies them."""

    has_schema = False

    async def ensure_schema(self, schema_editor: BaseSchemaEditor) -> None:
        await super().ensure_schema(schema_editor)
        # That was a script, which ends a transaction of SQLite.
        await begin_immediate(self.connection)
        self.has_schema = True

    async def applied_migrations(self) -> list[MigrationKey]:
        # To ask for a table that is not there would end a transaction of PostgreSQL.
        return await super().applied_migrations() if self.has_schema else []


async def is_current() -> bool:
    """Whether the database answers and its schema is the one that this code is for."""
    executor = MigrationExecutor(reader(), APPS)
    # Nothing counts as applied where the database does not answer.
    await executor.loader.build_graph()
    return executor.loader.applied_migrations == set(executor.loader.graph.nodes)
