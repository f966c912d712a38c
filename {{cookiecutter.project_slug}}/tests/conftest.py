"""Fixtures for every test: the service with an empty database, and people who use it."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, chdir
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from httpx2 import ASGITransport, AsyncClient
from pydantic_settings import BaseSettings

from tests.access.signing_in import ENVIRONMENT as ACCESS
from tests.access.signing_in import examine, sign_in
from tests.mailbox import Mailbox, mail_server
from tests.password_hashing.cheap import ENVIRONMENT as CHEAP_HASHES
from tests.people import ADA, BOB, PASSWORD

FOLDER = Path(mkdtemp(prefix="tests-"))
os.environ.update(ACCESS | CHEAP_HASHES)
os.environ["ENVIRONMENT"] = "development"
# The passwords of the tests have words that the service may be named by.
os.environ["SERVICE_NAME"] = "Example Service"
os.environ["DATABASE_URL"] = (
    os.environ.get("TEST_DATABASE_URL") or f"sqlite:///{FOLDER}/test.db"
)

# The settings are read here, away from the `.env` of whoever runs the tests.
with chdir(FOLDER):
    from app.later import finish
    from app.mail.settings import mail_settings
    from app.main import app
    from app.password_hashing import compute, verify
    from app.settings import settings
    from app.store import users
    from app.store.database import transaction
    from app.throttle import counters
    from tests import database
    from tests.telling import Run

# Nor do those look at it that a test makes.
for kind in BaseSettings.__subclasses__():
    kind.model_config["env_file"] = None

BASE_URL = "http://localhost:8000"

# Computed once: accounts that are only signed in to need no hash of their own.
PASSWORD_HASH = compute(PASSWORD)

NOON = datetime(2030, 7, 1, 12, tzinfo=UTC)

Act = Callable[[], Coroutine[Any, Any, object]]
NewClient = Callable[[], Awaitable[AsyncClient]]


def pytest_configure() -> None:
    name = urlsplit(settings.database_url).path.rpartition("/")[2]
    if "test" not in name:
        raise pytest.UsageError(
            f"TEST_DATABASE_URL names the database {name!r}, which the tests would empty:"
            " use one that has 'test' in its name."
        )


def pytest_unconfigure() -> None:
    # A thread of the database may still be tidying up.
    rmtree(FOLDER, ignore_errors=True)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def running_service() -> AsyncIterator[None]:
    async with app.router.lifespan_context(app):
        yield


@pytest.fixture
async def run(running_service: None) -> AsyncIterator[Run]:
    """All that the service tells in a test; no secret may be where it must not."""
    run = Run()
    await database.empty()
    with run.listening():
        yield run
        # What a test left to be done later must not reach into the next one.
        await finish(seconds=60)
    assert run.leaks(await database.dump()) == []


@pytest.fixture
async def new_client(run: Run) -> AsyncIterator[NewClient]:
    """A function that returns one more client of the service, whose database is empty."""
    counters.own = type(counters.own)()
    async with AsyncExitStack() as stack:

        async def connect() -> AsyncClient:
            client = AsyncClient(
                transport=ASGITransport(app),
                base_url=BASE_URL,
                event_hooks={"response": [examine, run.note]},
            )
            return await stack.enter_async_context(client)

        yield connect


@pytest.fixture
async def client(new_client: NewClient) -> AsyncClient:
    """A client that is not signed in."""
    return await new_client()


@pytest.fixture
async def ada(new_client: NewClient) -> AsyncClient:
    """A client signed in as Ada."""
    return await signed_in(await new_client(), ADA)


@pytest.fixture
async def bob(new_client: NewClient) -> AsyncClient:
    """A client signed in as Bob."""
    return await signed_in(await new_client(), BOB)


@pytest.fixture
async def admin(new_client: NewClient) -> AsyncClient:
    """A client signed in as an administrator."""
    return await signed_in(await new_client(), "admin@example.com", "admin")


@pytest.fixture
async def root(new_client: NewClient) -> AsyncClient:
    """A client signed in as a super user."""
    return await signed_in(await new_client(), "root@example.com", "super")


@pytest.fixture
async def post(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Mailbox]:
    """Where every mail arrives that the service sends."""
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        monkeypatch.setattr(mail_settings, "mail_url", f"smtp://127.0.0.1:{port}")
        monkeypatch.setattr(mail_settings, "mail_from", "us@example.org")
        yield mailbox
        # No server would be there any more for what is sent later.
        await finish(seconds=60)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Time that stands still until it is moved."""
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def while_hashing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A function that makes something happen while a password is being checked, or hashed."""

    def arrange(act: Act, work: Callable[..., Any] = verify) -> None:
        loop = asyncio.get_running_loop()

        def work_slowly(*arguments: str) -> Any:
            asyncio.run_coroutine_threadsafe(act(), loop).result()
            return work(*arguments)

        monkeypatch.setattr(f"app.passwords.{work.__name__}", work_slowly)

    return arrange


async def signed_in(client: AsyncClient, email: str, *scopes: str) -> AsyncClient:
    await add_account(email, *scopes)
    await sign_in(client, email, PASSWORD)
    return client


async def add_account(email: str, *scopes: str) -> None:
    """Add an account with the usual password."""
    async with transaction() as db:
        held = ("authenticated", *scopes)
        await users.add(db, email, PASSWORD_HASH, None, held)


async def give_scopes(email: str, *scopes: str) -> None:
    async with transaction() as db:
        user = await users.find_by_email(db, email)
        assert user
        await users.change(db, user.id, {"scopes": ("authenticated", *scopes)})
