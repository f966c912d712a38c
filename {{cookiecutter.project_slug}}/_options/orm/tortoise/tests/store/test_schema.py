"""Models that are ahead of the migrations: what is made for them, and by what."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from tortoise import fields
from tortoise.apps import Apps
from tortoise.context import require_context
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.models import Model

from app.store.database import APPS, CONFIG, new_connections
from app.store.models import Scopes, UtcDateTime
from app.store.schema import migrate
from tests.store.connecting import ask_writer, connected_to

pytestmark = pytest.mark.usefixtures("running_service")

MODELS = ["app.store.models", __name__]


class NoteRow(Model):
    """A table that no migration makes yet."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    scopes = Scopes(default=())
    written_at = UtcDateTime()

    class Meta:
        table = "notes"


@pytest.fixture
async def apps(tmp_path: Path) -> AsyncIterator[Apps]:
    """The models and one more, on a database of their own."""
    url = f"sqlite:///{tmp_path}/a.db"
    async with connected_to(url):
        context = require_context()
        more = {"store": APPS["store"] | {"models": MODELS}}
        await context.init(CONFIG | {"connections": new_connections(url), "apps": more})
        assert context.apps
        yield context.apps


@pytest.mark.usefixtures("apps")
async def test_nothing_is_made_before_there_is_a_migration() -> None:
    await migrate()

    tables = await ask_writer("SELECT name FROM sqlite_master WHERE type = 'table'")
    assert ("users",) in tables
    assert ("notes",) not in tables


async def test_a_migration_does_without_our_own_types(apps: Apps) -> None:
    (migration,) = await MigrationAutodetector(apps, APPS).changes()

    text = migration.as_string()
    assert "'written_at', fields.DatetimeField(" in text
    assert "'scopes', fields.TextField(" in text
    assert "app." not in text


async def test_what_is_unique_is_so_again_in_a_table_that_was_rebuilt(
    tmp_path: Path,
) -> None:
    async with connected_to(f"sqlite:///{tmp_path}/a.db"):
        await migrate()
        await ask_writer("CREATE TABLE rebuilt AS SELECT * FROM mail_tokens")
        await ask_writer("DROP TABLE mail_tokens")
        await ask_writer("ALTER TABLE rebuilt RENAME TO mail_tokens")

        for _ in range(2):
            await migrate()

        indexes = "pragma_index_list('mail_tokens')"
        found = await ask_writer(f'SELECT name FROM {indexes} WHERE "unique"')  # noqa: S608  # a table of our own
    assert len(found) == 1
