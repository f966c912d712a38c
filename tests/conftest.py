"""Baked projects, a PostgreSQL server and a browser for the tests that need them."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis_server
from playwright.sync_api import Browser, sync_playwright
from postgres import OwnServer, Server, find_or_start, start_if_installed
from pytest_cookies.plugin import Cookies
from template import COMBINATIONS, WANTED, name_of

Bake = Callable[[dict[str, str]], Path]


def pytest_configure() -> None:
    if not COMBINATIONS:
        wanted = [f"{it}={os.environ.get(it, '')}" for it in WANTED.values()]
        raise pytest.UsageError(f"No combination has {' '.join(wanted)}.")


@pytest.fixture(scope="session")
def bake(cookies_session: Cookies) -> Bake:
    """Bake a project of one's own."""

    def bake_one(answers: dict[str, str]) -> Path:
        result = cookies_session.bake(extra_context=answers)
        assert result.exception is None, result.exception
        return Path(result.project_path)

    return bake_one


@pytest.fixture(scope="session")
def baked(bake: Bake) -> Bake:
    """Bake a project to be read, one for all tests that have the same answers."""
    projects: dict[str, Path] = {}

    def bake_once(answers: dict[str, str]) -> Path:
        name = name_of(answers)
        projects[name] = projects.get(name) or bake(answers)
        return projects[name]

    return bake_once


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with find_or_start() as server:
        yield server or pytest.skip(
            "no PostgreSQL: set TEST_POSTGRES_URL or install the server"
        )


@pytest.fixture(scope="session")
def own_postgres() -> Iterator[OwnServer]:
    """A server that a test may stop."""
    with start_if_installed() as server:
        yield server or pytest.skip("no PostgreSQL of our own: install the server")


@pytest.fixture(scope="session")
def redis() -> Iterator[str]:
    with redis_server.find_or_start() as url:
        yield url or pytest.skip("no Redis: set TEST_REDIS_URL or install redis-server")


# For a module only: as long as it runs, no other loop may.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None and "CI" not in os.environ:
        pytest.skip("no chromium: set CHROMIUM or install it")
    with sync_playwright() as playwright:
        # As root in a container it has no sandbox; it only sees our own pages.
        browser = playwright.chromium.launch(
            executable_path=path, chromium_sandbox=os.geteuid() != 0
        )
        yield browser
        browser.close()
