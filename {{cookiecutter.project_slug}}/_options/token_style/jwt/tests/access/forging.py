"""Tokens made by hand, without the library that the service uses."""

import hashlib
import hmac
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from app.access import base64url
from app.access.keys import Key

Json = dict[str, Any]


def part(token: str, index: int) -> Json:
    """Return the header (0) or the claims (1) of a token."""
    found: Json = json.loads(base64url.decode(token.split(".")[index]))
    return found


def encode(content: Json | str | bytes) -> str:
    """Return a segment of a token; text and bytes go into it as they are."""
    if isinstance(content, dict):
        content = json.dumps(content)
    if isinstance(content, str):
        content = content.encode()
    return base64url.encode(content)


def signed(header: Json | str | bytes, claims: Json | str | bytes, key: Key) -> str:
    """Return a token with a good signature, whatever else is wrong with it."""
    signing_input = f"{encode(header)}.{encode(claims)}"
    return f"{signing_input}.{base64url.encode(signature(signing_input, key))}"


def signature(signing_input: str, key: Key) -> bytes:
    if key.algorithm == "HS256":
        return mac(signing_input, base64url.decode(key.signing["k"]))
    private_value = int.from_bytes(base64url.decode(key.signing["d"]), "big")
    private = ec.derive_private_key(private_value, ec.SECP256R1())
    der = private.sign(signing_input.encode(), ec.ECDSA(SHA256()))
    return b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(der))


def mac(signing_input: str, secret: bytes) -> bytes:
    return hmac.digest(secret, signing_input.encode(), hashlib.sha256)


def with_mac(header: Json, claims: Json, secret: bytes) -> str:
    """Return a token signed by HMAC with any secret at all."""
    signing_input = f"{encode(header)}.{encode(claims)}"
    return f"{signing_input}.{base64url.encode(mac(signing_input, secret))}"
