"""What is done before the first start: keys are made."""

import sys
from pathlib import Path

import pytest

from app.__main__ import main
from app.access.keys import read_keys

EXAMPLE = "# The keys.\nJWT_KEYS=generate-me\n#JWT_ALGORITHM=HS256\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that was just made."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env.example").write_text(EXAMPLE)
    return tmp_path


def complaint(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    """Run a command; return what it complains of, if it does."""
    monkeypatch.setattr(sys, "argv", ["app", *arguments])
    try:
        main()
    except SystemExit as stopped:
        return stopped.code
    return None


def keys_of(folder: Path) -> str:
    """Return the keys in the settings that were made."""
    (line,) = (
        line
        for line in (folder / ".env").read_text().splitlines()
        if line.startswith("JWT_KEYS=")
    )
    return line.removeprefix("JWT_KEYS=")


def test_settings_have_a_good_secret(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert complaint(monkeypatch, "make-env") is None

    assert len(read_keys("HS256", [keys_of(folder)])) == 1


def test_the_rest_of_the_example_stays_as_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    complaint(monkeypatch, "make-env")

    made = (folder / ".env").read_text()
    assert made.replace(keys_of(folder), "generate-me") == EXAMPLE


def test_no_two_secrets_are_alike(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = set()
    for _ in range(2):
        complaint(monkeypatch, "make-env")
        made.add(keys_of(folder))
        (folder / ".env").unlink()

    assert len(made) == 2


def test_settings_are_for_their_owner_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    complaint(monkeypatch, "make-env")

    assert (folder / ".env").stat().st_mode & 0o777 == 0o600


def test_settings_that_are_there_stay(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text("SETTING=2")

    said = complaint(monkeypatch, "make-env")

    assert said == ".env is there already: it stays as it is."
    assert (folder / ".env").read_text() == "SETTING=2"


def test_a_secret_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        complaint(monkeypatch, "make-key")

    assert len(read_keys("HS256", capsys.readouterr().out.split())) == 2


def test_a_key_is_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert complaint(monkeypatch, "make-key", "new.pem") is None

    (key,) = read_keys("ES256", [str(folder / "new.pem")])
    assert key.algorithm == "ES256"


def test_a_key_is_for_its_owner_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    complaint(monkeypatch, "make-key", "new.pem")

    assert (folder / "new.pem").stat().st_mode & 0o777 == 0o600


def test_a_key_that_is_there_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "old.pem").write_text("a key")

    said = complaint(monkeypatch, "make-key", "old.pem")

    assert said == "old.pem is there already: it stays as it is."
    assert (folder / "old.pem").read_text() == "a key"


def test_a_key_needs_a_place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = complaint(monkeypatch, "make-key", "nowhere/new.pem")

    assert said == "nowhere/new.pem: No such file or directory."
    assert list(folder.iterdir()) == [folder / ".env.example"]
