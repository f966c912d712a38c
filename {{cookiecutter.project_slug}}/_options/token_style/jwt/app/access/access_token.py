"""Access tokens: JWTs that other services can verify as well, as in RFC 9068."""

import secrets
from datetime import timedelta
from functools import lru_cache
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from app.access import codec
from app.access.bearer import BadToken
from app.access.compact import read_header, read_object
from app.access.keys import Key
from app.access.settings import jwt_settings
from app.clock import now
from app.records import LoginCaller
from app.settings import settings

# Tells an access token from every other JWT (RFC 9068 §2.1, RFC 8725 §3.11).
TYPE = "at+jwt"
# RFC 9068 asks for the client's id. Here all clients are the service's own and
# public: none is registered, and none has a secret.
CLIENT_ID = "first-party"
LATEST = 253402300799  # the end of the year 9999
# In seconds, at most: the clock of who signed a token, and the one of who reads it.
CLOCKS_APART = 5

Seconds = Annotated[StrictInt, Field(ge=0, le=LATEST)]


class Claims(BaseModel):
    """What an access token says. Each claim is required, and there are no others.

    `iat` and `exp` are in seconds since 1970.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    iss: StrictStr
    aud: StrictStr
    sub: UUID
    iat: Seconds
    exp: Seconds
    jti: StrictStr
    sid: UUID
    scope: StrictStr
    client_id: StrictStr


def new_claims(caller: LoginCaller) -> Claims:
    """Return what to say of a caller, for `ACCESS_TOKEN_MINUTES` from now."""
    at = now()
    lifetime = timedelta(minutes=jwt_settings.access_token_minutes)
    # No longer than the login: who trusts the claims alone does not see it end.
    end = min(at + lifetime, caller.login.expires_at)
    return Claims(
        iss=settings.public_url,
        aud=jwt_settings.jwt_audience,
        sub=caller.user.id,
        iat=int(at.timestamp()),
        exp=int(end.timestamp()),
        jti=secrets.token_urlsafe(16),
        sid=caller.login.id,
        scope=" ".join(caller.granted),
        client_id=CLIENT_ID,
    )


def write(claims: Claims) -> str:
    key = jwt_settings.jwt_keys[0]
    return codec.sign(claims.model_dump(mode="json"), header_of(key), key)


def read(access_token: str) -> Claims:
    """Return the claims of a token in force, or raise `BadToken`, whatever is wrong."""
    claims = verify(access_token, jwt_settings.jwt_keys)
    if not is_in_force(claims):
        raise BadToken
    return claims


# What a key has signed stays signed, so it is worked out once. What is refused
# is not kept: nobody fills this with made-up tokens.
@lru_cache(maxsize=1024)
def verify(access_token: str, keys: tuple[Key, ...]) -> Claims:
    """Return the claims that one of the keys signed, or raise `BadToken`."""
    try:
        key = key_of(read_header(access_token), keys)
        return Claims(**read_object(codec.read(access_token, key)))
    except (ValueError, RecursionError):
        raise BadToken from None


def header_of(key: Key) -> dict[str, str]:
    return {"alg": key.algorithm, "kid": key.kid, "typ": TYPE}


def key_of(header: dict[str, object], keys: tuple[Key, ...]) -> Key:
    """Return the key that the header names, or raise `ValueError`.

    The header may say nothing but what ours say: no other algorithm, no `crit`,
    no key of its own, and no place to fetch one from (RFC 8725 §3.1, §3.10).
    """
    for key in keys:
        if header == header_of(key):
            return key
    raise ValueError("not a header of ours")


def is_in_force(claims: Claims) -> bool:
    return (
        claims.iss == settings.public_url
        and claims.aud == jwt_settings.jwt_audience
        and claims.client_id == CLIENT_ID
        and claims.iat - CLOCKS_APART <= now().timestamp() < claims.exp
    )
