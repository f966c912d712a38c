"""A Redis server to test with: the one that is named, or a new one."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from ports import free_port


@contextmanager
def find_or_start() -> Iterator[str | None]:
    """Give the address of a server, or nothing where none is named or installed."""
    if named := os.environ.get("TEST_REDIS_URL"):
        yield named
    elif program := shutil.which("redis-server"):
        with started(program) as url:
            yield url
    else:
        yield None


@contextmanager
def started(program: str) -> Iterator[str]:
    port = free_port()
    nothing_on_disk = ["--save", "", "--appendonly", "no"]
    with subprocess.Popen(
        [program, "--bind", "127.0.0.1", "--port", str(port), *nothing_on_disk],
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert any(b"Ready to accept connections" in line for line in process.stdout)
        yield f"redis://127.0.0.1:{port}/0"
        process.kill()
