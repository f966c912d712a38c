"""What `python -m app` does before there are good settings."""

from pathlib import Path

from typer import Typer

from app.private_file import write_new

EXAMPLE, TARGET = Path(".env.example"), Path(".env")


def add_commands(cli: Typer) -> None:
    cli.command("make-env")(make_env)


def make_env() -> None:
    """Write `.env` from `.env.example`, for its owner's eyes only."""
    write_new(TARGET, EXAMPLE.read_text("utf-8"))
