"""Other sites' pages, for which a browser sends the cookie by itself."""

import os
import re
import subprocess
import sys

import pytest
from httpx2 import AsyncClient

from app.access.cross_site import require_named_origins
from tests.serving import PROJECT, served

OURS = "https://app.example.com"


async def test_a_site_that_is_named_reads_what_the_cookie_shows() -> None:
    with served({"CORS_ORIGINS": OURS}) as service:
        async with AsyncClient(base_url=service.url, timeout=60) as client:
            answer = await client.get("/users/me", headers={"Origin": OURS})

    assert answer.headers["access-control-allow-origin"] == OURS
    assert answer.headers["access-control-allow-credentials"] == "true"


def test_every_site_is_too_many() -> None:
    with pytest.raises(SystemExit, match="CORS_ORIGINS"):
        require_named_origins([OURS, "*"])


def test_that_every_site_reads_it_stops_the_start() -> None:
    started = subprocess.run(
        [sys.executable, "-c", "import app.main"],
        env=os.environ | {"PYTHONPATH": str(PROJECT), "CORS_ORIGINS": f"{OURS},*"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert started.returncode == 1
    assert re.fullmatch(r"CORS_ORIGINS: [^\n]+\n", started.stderr)
