"""What is done before the first start."""

import sys
from pathlib import Path

import pytest

from app.__main__ import main

EXAMPLE = "# What a setting is for.\n#SETTING=1\n"


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


def test_settings_are_made_from_the_example(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert complaint(monkeypatch, "make-env") is None

    assert (folder / ".env").read_text() == EXAMPLE


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
