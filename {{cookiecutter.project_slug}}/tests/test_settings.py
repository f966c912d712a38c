"""What an installation may set, and how it is told what is wrong."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from shlex import quote

import httpx2
import pytest
from pydantic_settings import BaseSettings

from app.password_hashing import hash_settings
from app.password_hashing.settings import RECOMMENDED_ROUNDS
from app.passwords import warn_if_cheap
from app.scopes import BUILT_IN
from app.settings import Settings, load, settings
from tests import database
from tests.access.signing_in import ENVIRONMENT as ACCESS
from tests.password_hashing.cheap import ENVIRONMENT as CHEAP_HASHES
from tests.password_hashing.recommended import RECOMMENDED
from tests.people import ADA, OTHER_PASSWORD, PASSWORD
from tests.serving import served

ROOT = Path(__file__).parent.parent
EXAMPLE = (ROOT / ".env.example").read_text("utf-8")
BIN = f"BIN={quote(str(Path(sys.executable).parent))}"
NAMED = re.compile(r"^#?([A-Z_]+)=", re.MULTILINE)
PRODUCTION = {"ENVIRONMENT": "production", "PUBLIC_URL": "https://example.com"}


MOST = {
    "LOGIN_IDLE_MINUTES": "52560000",
    "LOGIN_MAX_DAYS": "36500",
    "MAX_LOGINS_PER_USER": "1000000000",
    "MAX_API_KEYS_PER_USER": "1000000000",
    "EVENT_DAYS": "36500",
    "THROTTLE_MINUTES": "52560000",
    "THROTTLE_PER_ACCOUNT_AND_ADDRESS": "1000000000",
    "THROTTLE_PER_ACCOUNT": "1000000000",
    "THROTTLE_PER_ADDRESS": "1000000000",
}


@pytest.fixture(autouse=True)
def _nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what is set for the tests, and the `.env` of whoever runs them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(Settings.model_config, "env_file", ".env")
    for name in NAMED.findall(EXAMPLE):
        monkeypatch.delenv(name, raising=False)


def start(
    code: str = "import app.main", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Import the service as a server would that starts in this environment."""
    return subprocess.run(  # noqa: S603  # code of our own
        [sys.executable, "-c", code],
        env=os.environ | ACCESS | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_needs_to_be_set() -> None:
    settings = load(Settings)

    assert settings.environment == "development"
    assert settings.database_url == "sqlite:///./app.db"
    assert settings.public_url == "http://localhost:8000"
    assert settings.password_min_length == 15
    assert settings.login_idle_minutes == 720
    assert settings.login_max_days == 30
    assert settings.max_logins_per_user == 100


def test_the_example_has_every_setting() -> None:
    kinds = [it for it in BaseSettings.__subclasses__() if it.__module__[:4] == "app."]

    names = {name.upper() for kind in kinds for name in kind.model_fields}

    assert set(NAMED.findall(EXAMPLE)) == names


def test_the_example_has_the_defaults(tmp_path: Path) -> None:
    defaults = load(Settings)
    (tmp_path / ".env").write_text(EXAMPLE.replace("\n#", "\n"), "utf-8")

    assert load(Settings) == defaults


def test_what_is_in_a_file_counts(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOGIN_MAX_DAYS=7\nNOT_OURS=1\n", "utf-8")

    assert load(Settings).login_max_days == 7


def test_the_environment_counts_more_than_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("LOGIN_MAX_DAYS=7\n", "utf-8")
    monkeypatch.setenv("LOGIN_MAX_DAYS", "8")

    assert load(Settings).login_max_days == 8


def test_what_is_empty_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGIN_MAX_DAYS", "")

    assert load(Settings).login_max_days == 30


@pytest.mark.parametrize("text", ["reports:read,pay", " reports:read  pay,, "])
def test_scopes_are_apart_by_commas(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOPES", text)

    assert load(Settings).scopes == ("reports:read", "pay")


def test_a_scope_that_is_named_again_is_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SCOPES", "admin,pay,pay")

    assert load(Settings).all_scopes == (*BUILT_IN, "pay")


def test_a_public_url_ends_without_a_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://example.com/")

    assert load(Settings).public_url == "https://example.com"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "staging"),
        ("DATABASE_URL", "mysql://localhost/accounts"),
        ("DATABASE_URL", "accounts.db"),
        ("DATABASE_URL", "sqlite://./app.db"),
        ("DATABASE_URL", "sqlite:app.db"),
        ("DATABASE_URL", "SQLITE:///./app.db"),
        ("DATABASE_URL", " postgresql://localhost/accounts"),
        ("DATABASE_URL", "postgresql:accounts"),
        ("DATABASE_URL", "postgresql://"),
        ("DATABASE_URL", "postgresql://localhost/"),
        ("DATABASE_URL", "sqlite:///no-such-folder/app.db"),
        ("DATABASE_URL", "sqlite:////no-such-folder/app.db"),
        ("DATABASE_URL", "sqlite:///app.db?mode=ro"),
        ("DATABASE_URL", "sqlite:///%3Amemory%3A"),
        ("DATABASE_URL", "postgresql://localhost/our%20accounts"),
        ("DATABASE_URL", "postgresql://localhost:first/accounts"),
        ("DATABASE_URL", "postgresql://ada:se/cret@localhost/accounts"),
        ("DATABASE_URL", "postgresql://ada:se[cret@localhost/accounts"),
        ("DATABASE_URL", "postgresql://ada:se#cret@localhost/accounts"),
        ("DATABASE_URL", "postgresql://localhost/accounts?channel_binding=require"),
        ("DATABASE_URL", "postgresql://localhost/accounts?sslmode"),
        ("DATABASE_URL", "postgresql://localhost/accounts?sslmode=required"),
        ("DATABASE_POOL_SIZE", "0"),
        ("DATABASE_POOL_SIZE", "1001"),
        ("PUBLIC_URL", "example.com"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://:443"),
        ("PUBLIC_URL", "https://example.com:https"),
        ("PUBLIC_URL", "https://example.com:0"),
        ("PUBLIC_URL", "https://example.com/?from=mail"),
        ("PUBLIC_URL", "https://example.com/?"),
        ("PUBLIC_URL", "https://example.com/#accounts"),
        ("PUBLIC_URL", "ftp://example.com"),
        ("PUBLIC_URL", "https://münchen.example"),
        ("PUBLIC_URL", "https://exa mple.com"),
        ("PUBLIC_URL", "https://example.com/my%20service"),
        ("PUBLIC_URL", "https://exam\nple.com"),
        ("PUBLIC_URL", "https://ada:secret@example.com"),
        ("SERVICE_NAME", " "),
        ("SERVICE_NAME", "two\nlines"),
        ("SERVICE_NAME", "two\u2028lines"),
        ("THROTTLE_STORAGE", "redis://localhost/0?no_such_option=1"),
        ("THROTTLE_STORAGE", "redis://localhost/first"),
        ("THROTTLE_STORAGE", "redis://localhost/0?protocol=9"),
        ("SCOPES", " ".join(f"scope-{n:03}" for n in range(100))),
        ("SCOPES", 'read"er'),
        ("PASSWORD_MIN_LENGTH", "7"),
        ("PASSWORD_MIN_LENGTH", "many"),
        ("LOGIN_IDLE_MINUTES", "0"),
        ("LOGIN_MAX_DAYS", "-1"),
        ("MAX_LOGINS_PER_USER", "1.5"),
        *[(name, str(int(most) + 1)) for name, most in MOST.items()],
    ],
)
def test_what_is_wrong_is_named_in_one_line(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SystemExit) as refusal:
        load(Settings)

    assert str(refusal.value).startswith(f"{name}: ")
    assert "\n" not in str(refusal.value)


def test_all_that_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGIN_MAX_DAYS", "0")
    monkeypatch.setenv("LOGIN_IDLE_MINUTES", "0")

    with pytest.raises(SystemExit, match=r"^LOGIN_IDLE_MINUTES: .*; LOGIN_MAX_DAYS: "):
        load(Settings)


def test_a_value_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://ada:a-password@localhost/accounts")

    with pytest.raises(SystemExit) as refusal:
        load(Settings)

    assert "a-password" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "http://example.com"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite:///:memory:"),
    ],
)
def test_production_refuses_what_development_may(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    load(Settings)

    for setting, good in (PRODUCTION | {name: value}).items():
        monkeypatch.setenv(setting, good)
    with pytest.raises(SystemExit) as refusal:
        load(Settings)

    assert name in str(refusal.value)
    assert "production" in str(refusal.value)


@pytest.mark.parametrize("url", ["sqlite:////tmp/app.db", "postgresql:///accounts"])
def test_production_takes_a_database_that_lasts(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (PRODUCTION | {"DATABASE_URL": url}).items():
        monkeypatch.setenv(name, value)

    assert load(Settings).in_production


def test_people_sign_in_where_all_is_set_to_the_most() -> None:
    account = {"email": ADA, "password": PASSWORD}

    with (
        served({**ACCESS, **CHEAP_HASHES, **MOST}) as service,
        httpx2.Client(base_url=service.url, timeout=60) as client,
    ):
        client.post("/auth/register", json=account)
        wrong = client.post("/auth/login", json=account | {"password": OTHER_PASSWORD})
        right = [client.post("/auth/login", json=account) for _ in range(2)]

    assert wrong.status_code == 401
    assert [answer.status_code for answer in right] == [200, 200]


def test_a_file_that_is_no_text_stops_the_start_with_one_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SERVICE_NAME=Zürich\n", "latin-1")

    with pytest.raises(SystemExit) as refusal:
        load(Settings)

    assert str(refusal.value) == ".env: it is not UTF-8"


def test_a_bad_setting_stops_the_start_with_one_line() -> None:
    started = start(LOGIN_MAX_DAYS="none")

    assert started.returncode == 1
    assert re.fullmatch(r"LOGIN_MAX_DAYS: [^\n]+\n", started.stderr)
    assert started.stdout == ""


async def test_nobody_has_an_account_from_the_start(tmp_path: Path) -> None:
    async with database.one_more(tmp_path) as url:
        start("from app.__main__ import cli; cli(['migrate'])", DATABASE_URL=url)

        assert await database.run("SELECT * FROM users", url) == []


def test_what_is_run_without_a_file_gets_one(tmp_path: Path) -> None:
    make = shutil.which("make")
    assert make
    (tmp_path / ".env.example").write_text(EXAMPLE, "utf-8")

    subprocess.run(  # noqa: S603  # a verb of our own
        [make, "-f", ROOT / "Makefile", "-o", ".venv/installed", "run", BIN],
        cwd=tmp_path,
        # The server, which would run on, does not start.
        env=os.environ | {"PYTHONPATH": str(ROOT), "UVICORN_PORT": "none"},
        check=False,
    )

    assert (tmp_path / ".env").exists()


def test_a_hash_is_as_much_work_as_is_recommended_unless_somebody_says_otherwise() -> (
    None
):
    made = start("from app.password_hashing import compute; print(compute('x'))")

    assert made.stdout.startswith(RECOMMENDED)


@pytest.mark.parametrize(
    ("environment", "rounds", "warnings"),
    [
        ("production", RECOMMENDED_ROUNDS - 1, 1),
        ("production", RECOMMENDED_ROUNDS, 0),
        ("development", RECOMMENDED_ROUNDS - 1, 0),
    ],
)
def test_only_production_warns_of_cheap_hashes(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    environment: str,
    rounds: int,
    warnings: int,
) -> None:
    monkeypatch.setattr(settings, "environment", environment)
    monkeypatch.setattr(hash_settings, "password_hash_rounds", rounds)

    warn_if_cheap()

    assert len(caplog.messages) == warnings
