"""Keys for the tests, and a service that is started with them."""

from pathlib import Path
from secrets import token_urlsafe

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from app.access.keys import Key, read_keys
from app.access.settings import jwt_settings

ALGORITHMS = ["HS256", "ES256"]


def new_key(algorithm: str, folder: Path) -> Key:
    text = token_urlsafe(32) if algorithm == "HS256" else str(new_pem(folder))
    return read_keys(algorithm, [text])[0]


def new_pem(folder: Path, curve: ec.EllipticCurve | None = None) -> Path:
    """Write a new private key, on the curve P-256 if no other is asked for."""
    path = folder / f"{token_urlsafe(8)}.pem"
    private = ec.generate_private_key(curve or ec.SECP256R1())
    path.write_bytes(
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return path


def serve_with(monkeypatch: pytest.MonkeyPatch, *keys: Key) -> None:
    """Go on as the service does that is started anew with these `JWT_KEYS`."""
    monkeypatch.setattr(jwt_settings, "jwt_algorithm", keys[0].algorithm)
    monkeypatch.setattr(jwt_settings, "jwt_keys", keys)
