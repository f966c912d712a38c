"""Sign claims and verify signatures: RFC 7515."""

from typing import Any

import jwt

from app.access.bearer import BadToken
from app.access.keys import Key


def sign(claims: dict[str, Any], header: dict[str, str], key: Key) -> str:
    """Return the claims as a signed token in its compact form."""
    signing = jwt.PyJWK(key.signing, key.algorithm)
    return jwt.encode(claims, signing, key.algorithm, dict(header))


def read(token: str, key: Key) -> bytes:
    """Return the payload of a token that the key signed, or raise `BadToken`."""
    verifying = jwt.PyJWK(key.verifying, key.algorithm)
    try:
        payload: bytes = jwt.PyJWS().decode(token, verifying, [key.algorithm])
    except jwt.InvalidTokenError:
        raise BadToken from None
    return payload
