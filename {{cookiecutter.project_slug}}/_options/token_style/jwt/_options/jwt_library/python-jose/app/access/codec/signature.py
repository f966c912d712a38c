"""Sign claims and verify signatures: RFC 7515."""

from typing import Any

from jose import jwk, jws

from app.access.bearer import BadToken
from app.access.keys import Key


def sign(claims: dict[str, Any], header: dict[str, str], key: Key) -> str:
    """Return the claims as a signed token in its compact form."""
    signing = jwk.construct(key.signing, key.algorithm)
    return jws.sign(claims, signing, header, key.algorithm)


def read(token: str, key: Key) -> bytes:
    """Return the payload of a token that the key signed, or raise `BadToken`."""
    # A key that is made beforehand: a text would be tried as JSON and as PEM.
    verifying = jwk.construct(key.verifying, key.algorithm)
    try:
        return jws.verify(token, verifying, [key.algorithm])
    except Exception:
        # Not JWSError alone: what is malformed escapes as many other errors.
        raise BadToken from None
