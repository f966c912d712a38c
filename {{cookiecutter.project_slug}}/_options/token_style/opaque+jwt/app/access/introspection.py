"""Tell other services what an access token is worth: RFC 7662."""

from typing import Annotated, Literal

from fastapi import Request, Security
from fastapi.security import APIKeyHeader
from pydantic import BaseModel

from app.access import bearer, credential
from app.access.bearer import BadToken
from app.access.oauth import InvalidClient
from app.errors import InsufficientScope, NotSignedIn
from app.openapi import API_KEY_HEADER, API_KEY_SCHEME
from app.records import KeyCaller
from app.scopes import INTROSPECT, effective
from app.services import api_keys

api_key = APIKeyHeader(
    name=API_KEY_HEADER, scheme_name=API_KEY_SCHEME, auto_error=False
)


class Introspection(BaseModel):
    """An answer of RFC 7662 §2.2; times are in seconds since 1970."""

    active: bool
    sub: str | None = None
    username: str | None = None
    scope: str | None = None
    iat: int | None = None
    exp: int | None = None
    client_id: str | None = None
    token_type: Literal["bearer"] | None = None


async def find_asker(
    request: Request, _: Annotated[str | None, Security(api_key)]
) -> KeyCaller:
    """Return whose API key it is, if that may ask, so that tokens cannot be tried out."""
    key = bearer.api_key(request)
    try:
        caller = await api_keys.find_caller(key or "")
    except NotSignedIn:
        raise InvalidClient(f"Send a good key as {API_KEY_HEADER}.", "ApiKey") from None
    if not caller.may(INTROSPECT):
        raise InsufficientScope(INTROSPECT)
    return caller


async def introspect(access_token: str) -> Introspection:
    """Return what it is worth now. Asking is no use of it: its login lives no longer for it."""
    try:
        caller, said = await credential.look_at(access_token)
    except BadToken:
        # Nothing more, whatever the reason (RFC 7662 §2.2).
        return Introspection(active=False)
    scopes = effective(caller.granted, caller.user.scopes)
    return Introspection(
        active=True,
        sub=str(caller.user.id),
        username=caller.user.email,
        scope=" ".join(sorted(scopes)),
        token_type="bearer",
        **said,
    )
