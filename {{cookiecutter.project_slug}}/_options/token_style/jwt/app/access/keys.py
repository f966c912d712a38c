"""The keys that sign and verify access tokens."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from app.access import base64url

ADVICE = "`python -m app make-env` makes a .env with one, and `make-key` prints one"
# The hash's size: a shorter secret is easier to guess (RFC 7518 §3.2).
SHORTEST_SECRET = 32
# What 32 random bytes have more of, with certainty for all practical purposes.
FEWEST_DIFFERENT_BYTES = 8
# Of the tutorial of FastAPI and of RFC 7515: everybody can sign with these.
PUBLISHED = {
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
}
EXAMPLE = re.compile("example|change[-_]?me", re.IGNORECASE)
COORDINATE_BYTES = 32


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """A key of one algorithm alone (RFC 8725 §3.1), as JWKs (RFC 7517)."""

    algorithm: str
    kid: str
    signing: dict[str, str] = field(repr=False)
    verifying: dict[str, str] = field(repr=False)

    @property
    def public(self) -> dict[str, str] | None:
        """What everybody may know of it, as a JWK; nothing of a secret."""
        if self.verifying["kty"] == "oct":
            return None
        return self.verifying | {"alg": self.algorithm, "kid": self.kid, "use": "sig"}


def read_keys(algorithm: str, texts: Sequence[str]) -> tuple[Key, ...]:
    """Return the keys of `JWT_KEYS` in their order, or raise `ValueError`.

    No message repeats a text: it may be a secret.
    """
    if not texts:
        raise ValueError(f"there is no key: {ADVICE}")
    read = read_pem if algorithm == "ES256" else read_secret
    keys = tuple(map(read, texts))
    if len({key.kid for key in keys}) < len(keys):
        raise ValueError("a key comes twice")
    return keys


def read_secret(text: str) -> Key:
    """Return a key for HS256 from its secret in base64url."""
    encoded = text.rstrip("=")
    try:
        secret = base64url.decode(encoded)
    except ValueError:
        raise ValueError(f"a secret is not in base64url: {ADVICE}") from None
    if len(secret) < SHORTEST_SECRET:
        raise ValueError(f"a secret has under {SHORTEST_SECRET} bytes: {ADVICE}")
    is_example = encoded in PUBLISHED or EXAMPLE.search(encoded)
    if is_example or len(set(secret)) < FEWEST_DIFFERENT_BYTES:
        raise ValueError(f"a secret is easy to guess: {ADVICE}")
    # Hashed apart from every other use of the secret, so that it reveals nothing.
    kid = hashlib.sha256(b"kid:" + secret).digest()[:12]
    jwk = {"kty": "oct", "k": encoded}
    return Key("HS256", base64url.encode(kid), jwk, jwk)


def read_pem(path: str) -> Key:
    """Return a key for ES256 from the PEM file of its private key."""
    try:
        private = load_pem_private_key(Path(path).read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError(
            "for ES256 it names PEM files of private keys without a password:"
            " `python -m app make-key` writes one"
        ) from None
    if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(
        private.curve, ec.SECP256R1
    ):
        raise ValueError("for ES256 a key is on the curve P-256")
    numbers = private.private_numbers()
    jwk = {
        "crv": "P-256",
        "kty": "EC",
        "x": encode_coordinate(numbers.public_numbers.x),
        "y": encode_coordinate(numbers.public_numbers.y),
    }
    signing = jwk | {"d": encode_coordinate(numbers.private_value)}
    return Key("ES256", thumbprint(jwk), signing, jwk)


def encode_coordinate(number: int) -> str:
    return base64url.encode(number.to_bytes(COORDINATE_BYTES, "big"))


def thumbprint(jwk: dict[str, str]) -> str:
    """Return the thumbprint of a public key: RFC 7638."""
    canonical = json.dumps(jwk, sort_keys=True, separators=(",", ":"))
    return base64url.encode(hashlib.sha256(canonical.encode()).digest())
