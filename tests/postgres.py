"""A PostgreSQL server to test with: the one that is named, that runs, or one of our own."""

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


@dataclass(frozen=True)
class OwnServer(Server):
    """A server that nobody else uses, so that it may stop and start again."""

    programs: Path
    folder: Path

    # The server refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None

    def initialize(self) -> None:
        if self.user:
            shutil.chown(self.folder, self.user)
        self._run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8")

    def start(self) -> None:
        port = urlsplit(self.url).port
        options = f"-p {port} -c listen_addresses=127.0.0.1 -k {self.folder}"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-w", "-o", f"{options} -c fsync=off", "-l", log, "start")

    def stop(self, mode: str = "immediate") -> None:
        """Close all connections: `fast` says so first, `immediate` is like a crash."""
        self._run("pg_ctl", "-m", mode, "stop")

    @contextmanager
    def stopped(self, mode: str) -> Iterator[None]:
        self.stop(mode)
        try:
            yield
        finally:
            self.start()

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self.programs / program, "-D", self.folder / "data", *arguments],
            user=self.user,
            cwd=self.folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )


@contextmanager
def find_or_start() -> Iterator[Server | None]:
    """Give a server, or nothing where none is named, running or installed."""
    if named := os.environ.get("TEST_POSTGRES_URL"):
        yield Server(named)
    elif Server(LOCAL).answers():
        yield Server(LOCAL)
    else:
        with start_if_installed() as server:
            yield server


@contextmanager
def start_if_installed() -> Iterator[OwnServer | None]:
    """Give a server of our own, or nothing where none is installed."""
    programs = installed()
    if programs is None:
        yield None
        return
    url = f"postgresql://postgres@127.0.0.1:{free_port()}/postgres"
    with tempfile.TemporaryDirectory(prefix="template-test-postgres-") as folder:
        server = OwnServer(url, programs, Path(folder))
        server.initialize()
        server.start()
        try:
            yield server
        finally:
            server.stop()


def installed() -> Path | None:
    """Return the folder of `initdb` and `pg_ctl`, which is seldom on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else found[-1].parent if found else None
