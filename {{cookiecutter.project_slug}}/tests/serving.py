"""The service as people run it: `uvicorn app.main:app`, in a process of its own."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

from tests.people import PASSWORD

URL = re.compile(r"running on (http://127\.0\.0\.1:\d+)")
PROJECT = Path(__file__).parent.parent


class Served:
    """Where a service answers, and, once it has stopped, what it wrote."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self.url = self._url()
        # Read all the time: a server whose lines nobody takes comes to a halt.
        self.reader = Thread(target=self.lines.extend, args=[process.stdout])
        self.reader.start()

    def _url(self) -> str:
        assert self.process.stdout
        while not (found := URL.search(line := self.process.stdout.readline())):
            assert line, "".join(self.lines)
            self.lines.append(line)
        return found[1]

    def stop(self) -> None:
        """Ask it to stop, as an operator would, and wait until it has."""
        self.process.terminate()
        self.reader.join()
        self.process.wait()
        assert PASSWORD not in "".join(self.lines)


@contextmanager
def served(environment: Mapping[str, str]) -> Iterator[Served]:
    """Serve an empty database on a free port."""
    with elsewhere(environment) as place:
        if environment.get("ENVIRONMENT") == "production":
            subprocess.run(
                [sys.executable, "-m", "app", "migrate"], check=True, **place
            )
        with started(place) as process:
            service = Served(process)
            try:
                yield service
            finally:
                service.stop()


def refused(environment: Mapping[str, str]) -> tuple[int, str]:
    """Serve a database as it is, which must end by itself: how, and what it wrote."""
    with elsewhere(environment) as place, started(place) as process:
        told, _ = process.communicate()
    return process.returncode, told


def started(place: Mapping[str, Any]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "app.main:app", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **place,
    )


@contextmanager
def elsewhere(environment: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Give an environment, and a folder without the `.env` of whoever runs the tests."""
    with TemporaryDirectory(prefix="served-") as folder:
        own = {
            "DATABASE_URL": f"sqlite:///{folder}/served.db",
            "PYTHONPATH": str(PROJECT),
            "PYTHONUNBUFFERED": "1",
        }
        yield {"env": {**os.environ, **own, **environment}, "cwd": folder}
