"""How the schema changes: with the commands that a developer types, in a copy of the project."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from shlex import quote
from uuid import uuid4

import pytest

from tests import database
from tests.store.migrating import COMPARE, NO_DIFFERENCE, change_models, one_back

ROOT = Path(__file__).parents[1]
PROGRAMS = Path(sys.executable).parent
NOT_COPIED = shutil.ignore_patterns(".*", "tests", "__pycache__", "*.db*")

COLUMNS = {
    "sqlite": 'SELECT t.name, c.name, c.type, c."notnull" FROM sqlite_master AS t'
    " JOIN pragma_table_info(t.name) AS c WHERE t.type = 'table' ORDER BY 1, 2",
    "postgresql": "SELECT table_name, column_name, character_maximum_length, is_nullable"
    " FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2",
}
INDEXES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY 1",
    "postgresql": "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
}


class Project:
    """A copy of this project, with a database of its own."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.database_url = database_url

    async def call(self, program: str, *arguments: str) -> str:
        """Run a program in the project's folder; return what it says."""
        process = await asyncio.create_subprocess_exec(
            PROGRAMS / program,
            *arguments,
            cwd=self.folder,
            env=os.environ | {"DATABASE_URL": self.database_url},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said = (await process.communicate())[0].decode()
        assert process.returncode == 0, said
        return said

    async def migrate(self) -> None:
        await self.call("python", "-m", "app", "migrate")

    async def make(self, *arguments: str) -> None:
        make = shutil.which("make")
        assert make
        await self.call(make, f"BIN={quote(str(PROGRAMS))}", *arguments)

    async def run(self, statement: str) -> list[tuple[object, ...]]:
        return await database.run(statement, self.database_url)

    async def columns(self) -> list[tuple[object, ...]]:
        return await self.run(COLUMNS[database.KIND])

    async def schema(self) -> list[tuple[object, ...]]:
        return await self.columns() + await self.run(INDEXES[database.KIND])


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[Project]:
    folder = tmp_path / "project"
    shutil.copytree(ROOT, folder, ignore=NOT_COPIED)
    # Nothing needs to be installed here.
    (folder / ".venv").mkdir()
    (folder / ".venv/installed").touch()
    async with database.one_more(tmp_path) as url:
        yield Project(folder, url)


A_USER = (
    "INSERT INTO users (id, email, password_hash, is_active, is_verified, scopes,"
    " created_at, updated_at) VALUES ('00000000000000000000000000000001', 'ada@example.com',"
    " 'hash', true, true, '', '2030-07-01 12:00:00', '2030-07-01 12:00:00')"
)
A_LOGIN = (
    "INSERT INTO logins (id, user_id, secret_hash, scopes, remembered, created_at,"
    " last_seen_at, expires_at) VALUES ('00000000000000000000000000000002',"
    " '00000000000000000000000000000001', 'hash', '', true, '2030-07-01 12:00:00',"
    " '2030-07-01 12:00:00', '2030-07-02 12:00:00')"
)


A_TOKEN = (
    "INSERT INTO mail_tokens (id, user_id, purpose, email, secret_hash, expires_at) VALUES"
    " ('{}', '00000000000000000000000000000001', 'verify', 'ada@example.com', 'hash',"
    " '2030-07-02 12:00:00')"
)


async def test_processes_that_migrate_at_once_make_what_the_models_say(
    project: Project,
) -> None:
    await asyncio.gather(*[project.migrate() for _ in range(2)])

    assert NO_DIFFERENCE in await project.call(*COMPARE)


async def test_a_migration_is_made_applied_taken_back_and_applied_again(
    project: Project,
) -> None:
    await project.migrate()
    before = await project.columns()
    await project.run(A_USER)
    await project.run(A_LOGIN)

    change_models(project.folder)
    await project.make("migration", "m=Notes, and more")
    await project.make("migrate")
    after = await project.schema()
    assert {"notes"} <= {row[0] for row in after}

    await project.call(*one_back(project.folder))
    assert await project.columns() == before

    await project.migrate()
    assert await project.schema() == after
    assert NO_DIFFERENCE in await project.call(*COMPARE)
    # A table that is copied and dropped takes nothing with it.
    assert len(await project.run("SELECT * FROM logins")) == 1
    # Nor with what was unique in it.
    await project.run(A_TOKEN.format(uuid4().hex))
    with pytest.raises(Exception, match=r"(?i)unique"):
        await project.run(A_TOKEN.format(uuid4().hex))
