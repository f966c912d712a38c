"""The tables as the migrations make them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from tortoise.backends.base.client import TransactionalDBClient
from tortoise.connection import get_connection
from tortoise.context import require_context
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_editor import BaseSchemaEditor
from tortoise.models import Model
from tortoise.utils import generate_schema_for_client

from app.drivers import look_up
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

# The columns of each index of a table in which a value, or some together, are there once.
UNIQUE = {
    "sqlite": "SELECT group_concat(c.name, ' ') AS names FROM pragma_index_list('{}') AS i"
    ' JOIN pragma_index_info(i.name) AS c WHERE i."unique" GROUP BY i.name',
    "postgres": "SELECT string_agg(a.attname, ' ') AS names FROM pg_index AS i"
    " JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)"
    " WHERE i.indrelid = '{}'::regclass AND i.indisunique GROUP BY i.indexrelid",
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
        await _restore_indexes(db, executor._schema_editor())


async def _restore_indexes(db: TransactionalDBClient, editor: BaseSchemaEditor) -> None:
    # The library leaves them out when it rebuilds a table of SQLite. Nothing is made for
    # models that are ahead of the migrations.
    apps = require_context().apps
    assert apps
    if not await MigrationAutodetector(apps, APPS).changes():
        await generate_schema_for_client(db, safe=True)
        for model in apps["store"].values():
            await _restore_unique(db, editor, model)


async def _restore_unique(
    db: TransactionalDBClient, editor: BaseSchemaEditor, model: type[Model]
) -> None:
    query = UNIQUE[db.capabilities.dialect].format(model._meta.db_table)
    there = [set(row["names"].split()) for row in (await db.execute_query(query))[1]]
    for names in model._meta.unique_together:
        if set(editor._resolve_fields_to_columns(model, names)) not in there:
            await editor.add_constraint(model, UniqueConstraint(names))


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
    """Whether the schema has all that this code is for; a newer release may have added to it."""
    async with look_up():
        # The library takes a database that is away for one with nothing in it.
        await reader().execute_query("SELECT 1")
        applied = await MigrationRecorder(reader()).applied_migrations()
    return _all_migrations() <= set(applied)


# Read once: whoever asks whether we are ready must not make us read all migrations.
@cache
def _all_migrations() -> set[MigrationKey]:
    loader = MigrationExecutor(reader(), APPS).loader
    loader.load_disk()
    return set(loader.disk_migrations)
