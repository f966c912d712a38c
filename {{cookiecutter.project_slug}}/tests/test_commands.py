"""`python -m app`: each command does it, or says in one line why not."""

import asyncio
import errno
import getpass
import io
import logging
import os
import re
import runpy
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
import time_machine

from app.__main__ import run
from app.errors import Unavailable
from app.password_hashing import verify
from app.services import operators
from app.settings import MOST_DAYS, settings
from app.store.database import open_database
from app.store.schema import migrate
from tests import database
from tests.conftest import add_account, give_scopes
from tests.people import ADA, BOB, PASSWORD
from tests.serving import refused
from tests.small_server import URL, message, read_message

ROOT = Path(__file__).parent.parent

Command = Callable[..., str | None]


class Terminal(io.StringIO):
    """Standard input where a person sits."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="module", autouse=True)
def _a_migrated_database() -> None:
    async def prepare() -> None:
        async with open_database():
            await migrate()

    asyncio.run(prepare())


@pytest.fixture(autouse=True)
def _an_empty_database(_a_migrated_database: None) -> None:
    asyncio.run(database.empty())


@pytest.fixture(autouse=True)
def _the_log_of_each_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a command write to a log of its own, as if it were alone in its process."""
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", root.handlers[:])


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Command:
    """A function that runs a command; it returns why it failed, or None."""

    def run(
        *arguments: str,
        typed: str = "",
        stdin: Callable[[str], io.TextIOBase | None] = io.StringIO,
    ) -> str | None:
        monkeypatch.setattr(sys, "argv", ["app", *arguments])
        monkeypatch.setattr(sys, "stdin", stdin(typed))
        monkeypatch.delitem(sys.modules, "app.__main__", raising=False)
        try:
            runpy.run_module("app", run_name="__main__")
        except SystemExit as end:
            return one_line(end.code)
        return None

    return run


def one_line(told: object) -> str:
    (line,) = str(told).splitlines()
    return line


def ask(statement: str) -> list[tuple[object, ...]]:
    return asyncio.run(database.run(statement))


def add(email: str, *scopes: str) -> None:
    async def add_and_promote() -> None:
        async with open_database():
            await add_account(email)
            await give_scopes(email, *scopes)

    asyncio.run(add_and_promote())


def scopes_of(email: str) -> str:
    ((scopes,),) = ask(f"SELECT scopes FROM users WHERE email = '{email}'")  # noqa: S608  # an address of our own
    return str(scopes)


def test_a_user_is_created_with_the_password_from_standard_input(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = command("create-user", " Ada@Example.com", typed=f"{PASSWORD}\nmore")

    assert ended is None
    ((email, known_hash, verified),) = ask(
        "SELECT email, password_hash, is_verified FROM users"
    )
    assert (email, bool(verified)) == (ADA, True)
    assert verify(PASSWORD, str(known_hash))[0]
    assert PASSWORD not in "".join(capsys.readouterr())


def test_a_user_is_created_with_a_name_and_scopes(command: Command) -> None:
    more = ["--name", "Ada", "--scope", "admin", "--scope", "super"]

    assert command("create-user", ADA, *more, typed=PASSWORD) is None

    assert ask("SELECT name FROM users") == [("Ada",)]
    assert scopes_of(ADA) == "admin authenticated super"


def test_the_password_is_asked_for_at_a_terminal(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return PASSWORD

    monkeypatch.setattr(getpass, "getpass", answer)

    assert command("create-user", ADA, stdin=Terminal) is None
    assert len(asked) == 2
    assert ask("SELECT email FROM users") == [(ADA,)]


def test_nobody_answers_at_the_terminal(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(prompt: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(getpass, "getpass", leave)

    assert command("create-user", ADA, stdin=Terminal) == "Stopped."


@pytest.mark.parametrize(
    ("arguments", "typed", "reason"),
    [
        ((ADA,), "too short", r"Use at least 15 characters\."),
        ((ADA,), "", r"Use at least 15 characters\."),
        ((ADA,), f"{PASSWORD}\0", "must not have NUL characters.*"),
        (("ada",), PASSWORD, ".*@.*"),
        ((ADA, "--name", ""), PASSWORD, ".* at least 1 character"),
        ((ADA, "--scope", "unheard-of"), PASSWORD, r".* no scope 'unheard-of'\."),
        ((), PASSWORD, ".*EMAIL.*"),
        ((ADA, "--nonsense"), PASSWORD, ".*--nonsense.*"),
    ],
)
def test_a_user_who_does_not_fit_is_not_created(
    command: Command, arguments: tuple[str, ...], typed: str, reason: str
) -> None:
    ended = command("create-user", *arguments, typed=typed)

    assert re.fullmatch(reason, ended or "")
    assert ask("SELECT * FROM users") == []


def test_nobody_is_there_to_type_a_password(command: Command) -> None:
    ended = command("create-user", ADA, stdin=lambda _: None)

    assert ended == "Use at least 15 characters."


def test_a_password_that_is_no_text_is_told_so_in_one_line(command: Command) -> None:
    typed = io.TextIOWrapper(io.BytesIO(b"in the caf\xe9 at nine\n"), "utf-8")

    ended = command("create-user", ADA, stdin=lambda _: typed)

    assert ended == "The password is not utf-8."


def test_an_address_is_created_once(command: Command) -> None:
    add(ADA)

    ended = command("create-user", ADA, typed=PASSWORD)

    assert ended == "An account with this email exists."


def test_a_user_is_granted_scopes_and_keeps_the_others(command: Command) -> None:
    add(ADA, "introspect")

    assert command("grant", "Ada@example.com", "admin", "super") is None

    assert scopes_of(ADA) == "admin authenticated introspect super"


def test_what_is_done_is_in_the_log(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    add(ADA)

    assert command("grant", ADA, "admin") is None

    told = capsys.readouterr()
    assert told.out == ""
    assert re.fullmatch(r".* INFO audit -: scopes_changed \{.*\}\n", told.err)


@pytest.mark.parametrize("act", ["grant", "revoke"])
def test_what_changes_nothing_is_not_told(
    command: Command, capsys: pytest.CaptureFixture[str], act: str
) -> None:
    add(ADA)

    assert command(act, ADA, "authenticated") is None

    assert capsys.readouterr().err == ""


def test_scopes_are_taken_from_a_user_who_keeps_the_others(command: Command) -> None:
    add(ADA, "admin", "introspect")

    assert command("revoke", ADA, "introspect", "authenticated") is None

    assert scopes_of(ADA) == "admin authenticated"


def test_the_last_super_stays_one(command: Command) -> None:
    add(ADA, "super")

    assert command("revoke", ADA, "super") == "No active super user would be left."
    assert scopes_of(ADA) == "authenticated super"


def test_a_super_may_be_revoked_when_there_is_another(command: Command) -> None:
    add(ADA, "super")
    add(BOB, "super")

    assert command("revoke", ADA, "super") is None
    assert scopes_of(ADA) == "authenticated"


@pytest.mark.parametrize("act", ["grant", "revoke"])
def test_a_scope_must_be_known(command: Command, act: str) -> None:
    add(ADA)

    assert command(act, ADA, "unheard-of") == "There is no scope 'unheard-of'."


def test_a_scope_that_is_no_more_can_be_taken(command: Command) -> None:
    add(ADA)
    asyncio.run(database.change_user(ADA, "scopes = 'authenticated of-old'"))

    assert command("revoke", ADA, "of-old") is None

    assert scopes_of(ADA) == "authenticated"


@pytest.mark.parametrize(
    "arguments",
    [("grant", ADA, "admin"), ("revoke", ADA, "admin"), ("end-logins", ADA)],
)
def test_who_is_not_there_is_named(command: Command, arguments: list[str]) -> None:
    assert command(*arguments) == f"No account has the address {ADA}."


def test_a_user_is_signed_out_everywhere(command: Command) -> None:
    add(ADA)
    add(BOB)
    add_login(ADA)
    add_login(BOB)

    assert command("end-logins", ADA) is None

    assert ask(EMAILS_SIGNED_IN) == [(BOB,)]


EMAILS_SIGNED_IN = (
    "SELECT users.email FROM logins JOIN users ON users.id = logins.user_id"
)


def add_login(email: str) -> None:
    asyncio.run(
        database.run(
            "INSERT INTO logins (id, user_id, secret_hash, scopes, remembered,"  # noqa: S608  # an address of our own
            " created_at, last_seen_at, expires_at)"
            " SELECT id, id, 'hash', 'authenticated', true,"
            " created_at, created_at, created_at"
            f" FROM users WHERE email = '{email}'"
        )
    )


def test_what_has_expired_is_purged(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    add(ADA)
    add_login(ADA)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1)):
        add(BOB)
        add_login(BOB)

    assert command("purge") is None

    assert ask(EMAILS_SIGNED_IN) == [(BOB,)]
    assert "1 logins removed." in capsys.readouterr().out


def test_events_may_be_kept_for_ever(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "event_days", MOST_DAYS)

    assert command("purge") is None


def test_the_schema_is_brought_up_to_date(command: Command) -> None:
    assert command("migrate") is None
    assert command("migrate") is None


def test_the_settings_are_checked(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("check-settings") is None
    assert capsys.readouterr().out == "The settings are good.\n"


def test_a_setting_that_is_not_good_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_URL", "nonsense")

    ended = act_on("sqlite:///new.db", "check-settings", tmp_path)

    assert ended.returncode == 1
    assert ended.stdout == ""
    assert re.fullmatch(r"MAIL_URL: [^\n]+\n", ended.stderr)


@pytest.mark.parametrize("arguments", [("unheard-of",), ("grant",)])
def test_what_is_no_command_is_refused(
    command: Command, arguments: tuple[str, ...]
) -> None:
    assert command(*arguments)


@pytest.mark.parametrize("arguments", [(), ("--help",)])
def test_help_names_every_command(
    command: Command, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert command(*arguments) is None

    told = capsys.readouterr().out
    for name in ("migrate", "create-user", "grant", "revoke", "end-logins", "purge"):
        assert name in told


async def test_a_database_with_an_older_schema_is_left_alone(command: Command) -> None:
    async with database.unmigrated():
        ended = await asyncio.to_thread(command, "end-logins", ADA)

    assert "python -m app migrate" in (ended or "")


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (
            asyncpg.AdminShutdownError("bye"),
            r"cannot be reached \(AdminShutdownError: bye\)\.$",
        ),
        (asyncpg.InvalidPasswordError("no\nsecret"), r"cannot be used: no\.$"),
        (sqlite3.OperationalError("disk is full"), r"cannot be used: disk is full\.$"),
    ],
)
def test_what_the_database_refuses_meanwhile_is_told(
    refusal: Exception, told: str
) -> None:
    async def fail() -> None:
        raise refusal

    with pytest.raises(Unavailable) as failure:
        run(fail())

    assert re.search(told, failure.value.detail)


def test_a_mistake_of_ours_is_told_in_full() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(fail())


def test_what_is_interrupted_is_not_done(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def leave(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(operators, "end_logins", leave)

    assert command("end-logins", ADA) == "Stopped."


class FullDisk(io.StringIO):
    def write(self, _: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_there_may_be_no_room_for_what_is_told(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", FullDisk())

    assert command("check-settings") == "No space left on device."


def test_what_is_there_to_be_read_may_be_missing(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert command("make-env") == ".env.example: No such file or directory."


def test_settings_that_are_not_good_stop_nothing_that_mends_them(
    tmp_path: Path,
) -> None:
    shutil.copy(ROOT / ".env.example", tmp_path)

    ended = act_on("mysql://nothing", "make-env", tmp_path)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert (tmp_path / ".env").exists()


@pytest.mark.parametrize(
    ("act", "database_url", "told"),
    [
        ("purge", "sqlite:///new.db", "python -m app migrate"),
        ("migrate", "sqlite:///no/such/folder/new.db", "no folder no/such/folder"),
        ("purge", "postgresql://127.0.0.1:1/nothing", "cannot be reached"),
        ("migrate", "postgresql://127.0.0.1:1/nothing", "cannot be reached"),
        ("migrate", "postgresql://no..host/nothing", "cannot be reached"),
        ("migrate", "sqlite:///text.db", "is not a database"),
        ("migrate", "sqlite:///another.db", "users.* already exists"),
        ("migrate", "sqlite:///a-folder", "unable to open database file"),
        ("purge", "sqlite:///a-folder", "unable to open database file"),
    ],
)
def test_a_database_that_cannot_be_worked_on_is_told_so_in_one_line(
    tmp_path: Path, act: str, database_url: str, told: str
) -> None:
    (tmp_path / "text.db").write_text("no database " * 1000, "utf-8")
    (tmp_path / "a-folder").mkdir()
    with closing(sqlite3.connect(tmp_path / "another.db")) as another:
        another.execute("CREATE TABLE users (name TEXT)")

    ended = act_on(database_url, act, tmp_path)

    assert ended.returncode == 1
    assert ended.stdout == ""
    assert re.fullmatch(rf"[^\n]*{told}[^\n]*\n", ended.stderr)


def test_a_migration_without_a_name_is_refused_in_one_line(tmp_path: Path) -> None:
    make = shutil.which("make")
    assert make

    ended = subprocess.run(  # noqa: S603  # a verb of our own
        [make, "-f", ROOT / "Makefile", "migration"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode != 0
    assert re.fullmatch(r'.* make migration m="add a table".*\n', ended.stderr)


async def test_a_database_that_lets_nobody_in_is_told_so_in_one_line(
    tmp_path: Path,
) -> None:
    async with it_lets_nobody_in() as url:
        ended = await asyncio.to_thread(act_on, url, "migrate", tmp_path)
        code, told = await asyncio.to_thread(refused, {"DATABASE_URL": url})

    assert ended.returncode == 1
    assert ended.stderr == f"The database cannot be used: {NOT_THERE}.\n"
    assert code != 0
    assert len([line for line in told.splitlines() if NOT_THERE in line]) == 1
    assert "Traceback" not in told


NOT_THERE = 'database "accounts" does not exist'


@asynccontextmanager
async def it_lets_nobody_in() -> AsyncIterator[str]:
    """Give the address of what passes for PostgreSQL and does not have our database."""

    async def refuse(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await read_message(reader)
        fields = ("SFATAL", "VFATAL", "C3D000", f"M{NOT_THERE}", "", "")
        writer.write(message(b"E", "\0".join(fields).encode()))
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1") as server:
        yield URL.format(server.sockets[0].getsockname()[1])


def act_on(
    database_url: str, act: str, folder: Path
) -> subprocess.CompletedProcess[str]:
    place = {"DATABASE_URL": database_url, "PYTHONPATH": str(ROOT)}
    return subprocess.run(  # noqa: S603  # an act of our own
        [sys.executable, "-m", "app", act],
        cwd=folder,
        env=os.environ | place,
        capture_output=True,
        text=True,
        check=False,
    )
