"""A Redis for the tests, and a way to it that can be cut."""

import asyncio
import atexit
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from urllib.parse import urlsplit

import pytest

TEST_REDIS_URL = os.environ.get("TEST_REDIS_URL")
PROGRAM = shutil.which("redis-server")
# Whoever else tests with this Redis counts for themselves.
OWN_PREFIX = f"throttle-{os.getpid()}"

needs_redis = pytest.mark.skipif(
    not (TEST_REDIS_URL or PROGRAM),
    reason="TEST_REDIS_URL is not set, and there is no redis-server to start",
)


@cache
def redis_url() -> str:
    """Return the address in `TEST_REDIS_URL`, or of a Redis that runs until the end."""
    return TEST_REDIS_URL or start(str(PROGRAM), free_port())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def start(program: str, port: int) -> str:
    nothing_on_disk = ["--save", "", "--appendonly", "no"]
    process = subprocess.Popen(  # noqa: S603  # the one that was found in PATH
        [program, "--bind", "127.0.0.1", "--port", str(port), *nothing_on_disk],
        stdout=subprocess.PIPE,
    )
    atexit.register(stop, process)
    assert process.stdout
    assert any(b"Ready to accept connections" in line for line in process.stdout)
    return f"redis://127.0.0.1:{port}/0"


def stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


class Cable:
    """A way to Redis that can be cut and mended."""

    def __init__(self) -> None:
        self.port = 0
        self.is_plugged_in = False
        self.ends: list[asyncio.StreamWriter] = []

    @asynccontextmanager
    async def laid(self) -> AsyncIterator[None]:
        # It stays where it is, cut or not: a port that nobody listens at is anybody's.
        async with await asyncio.start_server(self._connect, "127.0.0.1") as server:
            self.port = server.sockets[0].getsockname()[1]
            yield

    @property
    def url(self) -> str:
        parts = urlsplit(redis_url())
        return parts._replace(
            netloc=parts.netloc.replace(str(parts.port or 6379), str(self.port))
        ).geturl()

    @asynccontextmanager
    async def plugged_in(self) -> AsyncIterator[None]:
        self.is_plugged_in = True
        try:
            yield
        finally:
            self.is_plugged_in = False
            for end in self.ends:
                end.close()

    async def _connect(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if not self.is_plugged_in:
            writer.close()
            return
        parts = urlsplit(redis_url())
        there = await asyncio.open_connection(parts.hostname, parts.port or 6379)
        self.ends += [writer, there[1]]
        await asyncio.gather(carry(reader, there[1]), carry(there[0], writer))


async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while sent := await reader.read(4096):
        writer.write(sent)
    writer.close()
