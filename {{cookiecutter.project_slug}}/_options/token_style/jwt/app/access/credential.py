"""An access token for minutes, signed, and a refresh token that renews it."""

from dataclasses import replace
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from app.access import access_token as access_tokens
from app.access.access_token import Claims
from app.access.bearer import BadToken
from app.access.refresh_token import (
    RefreshToken,
    is_refresh_token,
    new_refresh_token,
)
from app.errors import NotSignedIn
from app.records import LoginCaller
from app.scopes import effective
from app.services import logins


class TokenAnswer(BaseModel):
    """A successful answer of RFC 6749 §5.1; `expires_in` is in seconds."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"
    expires_in: int
    scope: str
    refresh_token: str


def new_secret() -> RefreshToken:
    return new_refresh_token()


def answer(caller: LoginCaller, token: RefreshToken) -> TokenAnswer:
    claims = access_tokens.new_claims(caller)
    return TokenAnswer(
        access_token=access_tokens.write(claims),
        expires_in=claims.exp - claims.iat,
        scope=claims.scope,
        refresh_token=token.text,
    )


async def find_caller(access_token: str) -> LoginCaller:
    """Return who the token was given to, or raise `BadToken`."""
    caller = await find_bearer(access_tokens.read(access_token))
    await logins.note_use(caller.login)
    return caller


async def find_bearer(claims: Claims) -> LoginCaller:
    """Return whose claims they are, or raise `BadToken`.

    They prove which login it is; what it may do is the login's and the user's to
    say. The scopes of the claims can only take from that.
    """
    caller = await find_login(claims.sid)
    if caller.user.id != claims.sub:
        raise BadToken
    scopes = effective(claims.scope.split(), caller.granted)
    return replace(caller, granted=tuple(sorted(scopes)))


async def look_at(access_token: str) -> tuple[LoginCaller, dict[str, int | str]]:
    """Return whose it is and what it says, as in RFC 7662 §2.2, or raise `BadToken`."""
    claims = access_tokens.read(access_token)
    said = claims.model_dump(include={"iat", "exp", "client_id"})
    return await find_bearer(claims), said


async def find_holder(token: str) -> LoginCaller:
    """Return whose login the token is of, without using it, or raise `BadToken`."""
    if is_refresh_token(token):
        return await find_family(RefreshToken.read(token))
    return await find_login(access_tokens.read(token).sid)


async def find_family(token: RefreshToken) -> LoginCaller:
    """Return whose login the token is of, in force or spent, or raise `BadToken`."""
    caller = await find_login(token.id)
    # Who knows no more than the id of a login must not be able to end it.
    if not token.is_of_family(caller.login.secret_hash):
        raise BadToken
    return caller


async def find_login(login_id: UUID) -> LoginCaller:
    try:
        return await logins.find_caller(login_id)
    except NotSignedIn:
        raise BadToken from None
