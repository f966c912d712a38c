"""A PostgreSQL server to test with: the one that is named, that runs, or a new one."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
from ports import free_port

LOCAL = "postgresql://postgres@127.0.0.1:5432/postgres"


@dataclass(frozen=True)
class Server:
    url: str

    @contextmanager
    def new_database(self) -> Iterator[str]:
        """Give the address of an empty database, which is dropped afterwards."""
        name = f"template_test_{uuid4().hex}"
        asyncio.run(self.execute(f"CREATE DATABASE {name}"))
        try:
            yield urlsplit(self.url)._replace(path=f"/{name}").geturl()
        finally:
            asyncio.run(self.execute(f"DROP DATABASE {name} WITH (FORCE)"))

    async def execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.url, timeout=5)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def answers(self) -> bool:
        with suppress(OSError, asyncpg.PostgresError, TimeoutError):
            asyncio.run(self.execute("SELECT 1"))
            return True
        return False


@contextmanager
def find_or_start() -> Iterator[Server | None]:
    """Give a server, or nothing where none is named, running or installed."""
    if named := os.environ.get("TEST_POSTGRES_URL"):
        yield Server(named)
    elif Server(LOCAL).answers():
        yield Server(LOCAL)
    elif programs := installed():
        with started(programs) as server:
            yield server
    else:
        yield None


def installed() -> Path | None:
    """Return the folder of `initdb` and `pg_ctl`, which is seldom on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else found[-1].parent if found else None


@contextmanager
def started(programs: Path) -> Iterator[Server]:
    # The server refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="template-test-postgres-"))
    if user:
        shutil.chown(folder, user)
    data, port = folder / "data", free_port()

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [programs / program, "-D", data, *arguments],
            user=user,
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
    run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8")
    run("pg_ctl", "-w", "-o", options, "-l", str(folder / "log"), "start")
    try:
        yield Server(f"postgresql://postgres@127.0.0.1:{port}/postgres")
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder)
