"""The store on each kind of database: what it keeps, and what it keeps to itself."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from contextvars import Context, copy_context
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from socket import create_server
from typing import Any
from uuid import uuid4

import pytest
import uvicorn
from anyio import fail_after
from httpx2 import AsyncClient, Response

from app.clock import now
from app.drivers import Refused, prepare_file, why_not
from app.errors import EmailTaken
from app.later import finish
from app.main import app
from app.records import Login, User
from app.settings import settings
from app.store import logins, users
from app.store.database import connections_in_use, transaction
from app.store.schema import is_current, migrate
from tests import conftest, database
from tests.links import (
    CONFIRM,
    RESET,
    ask_to_reset,
    ask_to_verify,
    confirm,
    reset,
    token,
)
from tests.mailbox import Mailbox
from tests.people import (
    ADA,
    BOB,
    OTHER_PASSWORD,
    PASSWORD,
    change_email,
    change_password,
    register,
)
from tests.small_server import SSL_REQUEST, small_server
from tests.store.connecting import ask_reader, ask_writer, connected_to

pytestmark = pytest.mark.usefixtures("running_service")

IN_INDIA = timezone(timedelta(hours=5, minutes=30))


async def add_user(email: str = ADA) -> User:
    async with transaction() as db:
        user = await users.add(db, email, "a hash", None, ("authenticated",))
    assert user
    return user


async def add_login(user: User, at: datetime) -> Login:
    login = Login(
        uuid4(), user.id, "hash", (), False, None, None, at, at, at + timedelta(days=1)
    )
    async with transaction() as db:
        await logins.add(db, login)
    return login


@pytest.fixture(params=["UTC", "Asia/Kolkata", "America/St_Johns"])
def _anywhere(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Let the process run in this time zone."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def a_file(tmp_path: Path) -> Path:
    return tmp_path / "a.db"


@pytest.mark.usefixtures("client", "_anywhere")
async def test_a_time_comes_back_aware_and_in_utc() -> None:
    user = await add_user()
    started = datetime(2031, 3, 30, 1, 30, 0, 7, IN_INDIA)
    await add_login(user, started)

    async with transaction() as db:
        kept = (await logins.list_of_user(db, user.id, started))[0]

    assert kept.created_at == started
    assert kept.expires_at == started + timedelta(days=1)
    assert {kept.created_at.tzinfo, kept.expires_at.tzinfo} == {UTC}
    assert abs(user.created_at - now()) < timedelta(minutes=1)
    assert user.created_at.tzinfo == UTC


@pytest.mark.usefixtures("client", "_anywhere")
async def test_a_login_ends_at_its_instant_wherever_it_is_told() -> None:
    login = await add_login(await add_user(), datetime(2031, 3, 30, 1, 30, tzinfo=UTC))
    end = login.expires_at.astimezone(IN_INDIA)
    moment = timedelta(microseconds=1)

    assert await logins.find_callers([login.id], end - moment)
    assert await logins.find_callers([login.id], end) == {}


async def test_sqlite_waits_checks_and_writes_ahead(a_file: Path) -> None:
    await prepare_file(f"sqlite:///{a_file}")
    async with connected_to(f"sqlite:///{a_file}"):
        for ask in (ask_writer, ask_reader):
            assert await ask("PRAGMA journal_mode") == [("wal",)]
            assert await ask("PRAGMA foreign_keys") == [(1,)]
            assert await ask("PRAGMA synchronous") == [(1,)]
            assert await ask("PRAGMA busy_timeout") == [(10_000,)]


async def test_sqlite_checks_what_points_to_what_again_after_a_migration(
    a_file: Path,
) -> None:
    async with connected_to(f"sqlite:///{a_file}"):
        await migrate()

        assert await ask_writer("PRAGMA foreign_keys") == [(1,)]


async def test_a_transaction_on_sqlite_that_has_only_read_may_still_write(
    a_file: Path,
) -> None:
    async with connected_to(f"sqlite:///{a_file}"):
        await migrate()
        async with transaction() as db:
            await users.find_by_email(db, ADA)
            with (
                closing(sqlite3.connect(a_file, timeout=0)) as other,
                pytest.raises(sqlite3.OperationalError, match="locked"),
            ):
                other.execute("BEGIN IMMEDIATE")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://localhost/accounts",
        "postgresql://test@test.example.com",
        "sqlite:////tests/app.db",
    ],
)
def test_a_database_that_is_not_for_tests_is_left_alone(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "database_url", url)

    with pytest.raises(pytest.UsageError, match="TEST_DATABASE_URL"):
        conftest.pytest_configure()


@pytest.mark.usefixtures("client")
async def test_a_look_up_waits_for_no_transaction() -> None:
    user = await add_user()
    login = await add_login(user, now())

    async with transaction() as db:
        await users.change(db, user.id, {"name": "Ada"})
        with fail_after(60):
            look_up = logins.find_callers([login.id], now())
            found = await asyncio.create_task(look_up, context=Context())

    assert found[login.id].user == user


@pytest.mark.usefixtures("client")
async def test_a_transaction_that_is_given_up_while_it_begins_is_in_nobodys_way(
    a_file: Path,
) -> None:
    async def add_nobody() -> None:
        async with transaction():
            pass

    for url in (settings.database_url, f"sqlite:///{a_file}"):
        async with connected_to(url):
            await add_nobody()
            for steps in range(1, 20):
                given_up = asyncio.create_task(add_nobody())
                for _ in range(steps):
                    await asyncio.sleep(0)
                given_up.cancel()
                await asyncio.gather(given_up, return_exceptions=True)

                with fail_after(60):
                    await add_nobody()


async def test_a_transaction_that_is_given_up_while_it_waits_is_in_nobodys_way(
    a_file: Path,
) -> None:
    async with connected_to(f"sqlite:///{a_file}"):
        await migrate()
        # None has to be opened below: given up meanwhile, the driver would lose it.
        await asyncio.gather(ask_writer("SELECT 1"), ask_writer("SELECT 1"))
        outside = copy_context()
        async with transaction() as db:
            await users.find_by_email(db, ADA)
            waits = asyncio.create_task(ask_writer("SELECT 1"), context=outside)
            for _ in range(20):
                await asyncio.sleep(0)
            assert not waits.done()
            waits.cancel()

        with fail_after(60):
            await asyncio.gather(waits, return_exceptions=True)
            await ask_writer("SELECT 1")
        assert waits.cancelled()


async def test_a_transaction_on_sqlite_uses_a_connection(a_file: Path) -> None:
    async with connected_to(f"sqlite:///{a_file}"):
        await migrate()
        # Of another than the one whose transaction it is.
        outside = copy_context()
        async with transaction() as db:
            await users.find_by_email(db, ADA)
            during = outside.run(connections_in_use)

        assert (during, connections_in_use()) == (1, 0)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
async def test_a_database_in_memory_is_one_for_all(url: str) -> None:
    async with connected_to(url):
        assert not await is_current()
        await migrate()
        login = await add_login(await add_user(), now())

        assert await is_current()
        assert await logins.find_callers([login.id], now())


@pytest.mark.usefixtures("client")
async def test_of_two_accounts_with_one_address_nothing_of_the_second_is_kept() -> None:
    await add_user()

    async with transaction() as db:
        assert await users.add(db, ADA, "a hash", None, ("authenticated",)) is None

    assert await database.run("SELECT count(*) FROM users") == [(1,)]


@pytest.mark.parametrize(
    "url", ["postgresql://127.0.0.1:1/nothing", "sqlite:///{folder}/not/a/folder"]
)
async def test_a_database_that_does_not_answer_is_not_taken_for_an_old_one(
    url: str, tmp_path: Path
) -> None:
    async with connected_to(url.format(folder=tmp_path)):
        assert await why_it_cannot_be_asked()


async def why_it_cannot_be_asked() -> str | None:
    (error,) = await asyncio.gather(is_current(), return_exceptions=True)
    assert isinstance(error, Exception)
    return why_not(error)


async def test_a_database_with_the_schema_of_other_code_is_not_current(
    client: AsyncClient,
) -> None:
    async with database.without(database.BOOKKEEPING):
        assert (await client.get("/health/ready")).status_code == 503


@pytest.mark.usefixtures("client")
async def test_what_a_newer_release_has_migrated_stays_as_it_is() -> None:
    async with database.migrated_by_a_newer_release():
        before = await database.run(f"SELECT * FROM {database.BOOKKEEPING}")  # noqa: S608  # a name of our own

        await migrate()

        assert await is_current()
        after = await database.run(f"SELECT * FROM {database.BOOKKEEPING}")  # noqa: S608  # a name of our own
        assert after == before


async def test_the_driver_speaks_tls_when_the_address_says_so() -> None:
    async with small_server() as server:
        url = f"postgresql://ada@127.0.0.1:{server.port}/accounts?sslmode=require"
        async with connected_to(url):
            assert await why_it_cannot_be_asked()

    assert set(server.heard) == {SSL_REQUEST}


async def test_the_driver_is_told_who_comes_and_for_what() -> None:
    async with small_server() as server:
        url = f"postgresql://o%27neil:p%40ss%2Fword@127.0.0.1:{server.port}/accounts?sslmode=disable"
        async with connected_to(url):
            assert await why_it_cannot_be_asked()

    start, password = server.heard[:2]
    assert b"user\0o'neil\0" in start
    assert b"database\0accounts\0" in start
    assert password == b"p@ss/word\0"


@asynccontextmanager
async def refusal(at: str, table: str = "users") -> AsyncIterator[None]:
    """Let the database refuse what is new, or changed: where, or in which words."""
    for statement in REFUSALS[database.KIND, at]:
        await database.run(statement.replace("{table}", table))
    try:
        yield
    finally:
        for statement in END_OF_REFUSAL[database.KIND]:
            await database.run(statement.replace("{table}", table))


REFUSALS = {
    ("sqlite", "statement"): [
        "CREATE TRIGGER refuse AFTER INSERT ON users BEGIN SELECT raise(ABORT, 'no'); END"
    ],
    ("sqlite", "commit"): [
        "CREATE TABLE promises (id REFERENCES users DEFERRABLE INITIALLY DEFERRED)",
        "CREATE TRIGGER refuse AFTER INSERT ON {table} BEGIN"
        " INSERT INTO promises VALUES ('nobody'); END",
    ],
    ("sqlite", "in other words"): [
        "CREATE TRIGGER refuse BEFORE UPDATE ON users BEGIN"
        " SELECT raise(ABORT, 'no unique constraint'); END"
    ],
    # It speaks English alone.
    ("sqlite", "in German"): [],
    ("postgresql", "statement"): [
        "ALTER TABLE users ADD CONSTRAINT refuse CHECK (false) NOT VALID"
    ],
    ("postgresql", "commit"): [
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE integrity_constraint_violation USING DETAIL = NEW::text; END $$",
        "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON {table}"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()",
    ],
    ("postgresql", "in other words"): [
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE integrity_constraint_violation USING MESSAGE = 'no unique constraint';"
        " END $$",
        "CREATE TRIGGER refuse BEFORE UPDATE ON users"
        " FOR EACH ROW EXECUTE FUNCTION refuse()",
    ],
    # As it is with lc_messages = 'de_DE', which few installations have.
    ("postgresql", "in German"): [
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE unique_violation USING MESSAGE ="
        " 'doppelter Schlüsselwert verletzt Unique-Constraint »uq_users_email«'; END $$",
        "CREATE TRIGGER refuse BEFORE UPDATE ON users"
        " FOR EACH ROW EXECUTE FUNCTION refuse()",
    ],
}
END_OF_REFUSAL = {
    "sqlite": ["DROP TRIGGER IF EXISTS refuse", "DROP TABLE IF EXISTS promises"],
    "postgresql": [
        "DROP TRIGGER IF EXISTS refuse ON {table}",
        "DROP FUNCTION IF EXISTS refuse",
        "ALTER TABLE users DROP CONSTRAINT IF EXISTS refuse",
    ],
}


@asynccontextmanager
async def served() -> AsyncIterator[AsyncClient]:
    """A client of the service on a real socket: in-process ones wait for what comes late."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None))
    # Who connects before the service is up waits in line.
    socket = create_server(("127.0.0.1", 0))
    running = asyncio.create_task(server.serve([socket]))
    try:
        async with AsyncClient(
            base_url=f"http://127.0.0.1:{port_of(socket)}", timeout=60
        ) as client:
            yield client
    finally:
        server.should_exit = True
        await running


def port_of(socket: Any) -> int:
    return int(socket.getsockname()[1])


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize(
    ("at", "error"), [("in German", EmailTaken), ("in other words", Refused)]
)
async def test_an_address_is_taken_in_whatever_language_the_database_says_so(
    at: str, error: type[Exception]
) -> None:
    await add_user()
    bob = await add_user(BOB)

    async with refusal(at):
        with pytest.raises(error):
            async with transaction() as db:
                await users.change(db, bob.id, {"email": ADA})


@pytest.mark.parametrize("at", ["statement", "commit"])
async def test_what_the_database_refuses_is_an_error_and_nothing_of_it_is_kept(
    at: str,
) -> None:
    async with served() as client:
        await database.empty()
        async with refusal(at):
            answers = [await register(client) for _ in range(3)]

        assert [answer.status_code for answer in answers] == [500] * 3
        assert await database.run("SELECT * FROM users") == []
        assert (await register(client)).status_code == 201


async def confirm_address(ada: AsyncClient, post: Mailbox) -> Response:
    return await confirm(ada, await token(post, CONFIRM, BOB))


async def reset_password(ada: AsyncClient, post: Mailbox) -> Response:
    return await reset(ada, await token(post, RESET))


Act = Callable[[AsyncClient, Mailbox], Awaitable[Response]]
MAILING: dict[str, tuple[Act, str, int]] = {
    "verify": (lambda ada, _: ask_to_verify(ada), "mail_tokens", 202),
    "forgot": (lambda ada, _: ask_to_reset(ada), "events", 202),
    "reset": (reset_password, "events", 500),
    "change of password": (
        lambda ada, _: change_password(ada, PASSWORD, OTHER_PASSWORD),
        "events",
        500,
    ),
    "change of address": (lambda ada, _: change_email(ada, BOB), "events", 500),
    "confirmation": (confirm_address, "events", 500),
}


@pytest.mark.parametrize(("act", "table", "status"), MAILING.values(), ids=MAILING)
async def test_what_was_not_committed_is_not_mailed(
    ada: AsyncClient, post: Mailbox, act: Act, table: str, status: int
) -> None:
    await ask_to_reset(ada)
    await change_email(ada, BOB)
    await finish(seconds=60)
    before = len(post.mails)

    async with refusal("commit", table):
        answer = await act(ada, post)
        await finish(seconds=60)

    assert answer.status_code == status
    assert len(post.mails) == before


async def test_what_was_not_committed_is_not_in_the_log(
    client: AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "audit")

    async with refusal("commit"):
        await register(client)
    assert "registered" not in caplog.messages

    await register(client)
    assert "registered" in caplog.messages


@pytest.mark.parametrize("at", ["statement", "commit"])
async def test_what_the_database_says_of_a_row_is_in_no_log(
    client: AsyncClient, caplog: pytest.LogCaptureFixture, at: str
) -> None:
    caplog.set_level(logging.DEBUG)

    async with refusal(at):
        await register(client)
    await register(client)

    ((password_hash,),) = await database.run("SELECT password_hash FROM users")
    assert "POST /auth/register failed" in caplog.text
    assert password_hash[:7] not in caplog.text
