"""What `python -m app` does before there are good settings: it makes keys for them."""

import secrets
from pathlib import Path
from typing import Annotated

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from typer import Argument, Typer

from app.private_file import write_new

EXAMPLE, TARGET = Path(".env.example"), Path(".env")

# Stands in the example where each installation needs a secret of its own.
PLACEHOLDER = "=generate-me"
SECRET_BYTES = 32


def add_commands(cli: Typer) -> None:
    cli.command("make-env")(make_env)
    cli.command("make-key")(make_key)


def make_env() -> None:
    """Write `.env` from `.env.example`, with secrets of its own."""
    lines = EXAMPLE.read_text("utf-8").splitlines(keepends=True)
    write_new(TARGET, "".join(map(with_fresh_secret, lines)))


def with_fresh_secret(line: str) -> str:
    return line.replace(PLACEHOLDER, f"={new_secret()}")


def new_secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def make_key(
    file: Annotated[
        Path | None, Argument(help="Where to write a private key for ES256, as PEM.")
    ] = None,
) -> None:
    """Print a secret for HS256, or write a private key for ES256: for JWT_KEYS."""
    if file is None:
        print(new_secret())
        return
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_new(file, pem.decode())
