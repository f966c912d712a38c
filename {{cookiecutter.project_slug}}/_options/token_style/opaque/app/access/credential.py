"""An opaque access token: random, and known to the database only by its hash."""

from typing import Literal

from pydantic import BaseModel

from app.access.bearer import BadToken
from app.errors import NotSignedIn
from app.records import LoginCaller
from app.services import logins
from app.tokens import Token, new_token, read_token

PREFIX = "at_"


class TokenAnswer(BaseModel):
    """A successful answer of RFC 6749 §5.1; `expires_in` is in seconds."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"
    expires_in: int
    scope: str


def new_secret() -> Token:
    return new_token(PREFIX)


def answer(caller: LoginCaller, token: Token) -> TokenAnswer:
    lifetime = caller.login.expires_at - caller.login.created_at
    return TokenAnswer(
        access_token=token.text,
        expires_in=int(lifetime.total_seconds()),
        scope=" ".join(caller.granted),
    )


async def find_caller(access_token: str) -> LoginCaller:
    """Return who the token was given to, or raise `BadToken`."""
    caller = await find_holder(access_token)
    await logins.note_use(caller.login)
    return caller


async def find_holder(token: str) -> LoginCaller:
    """Return whose login the token is of, without using it, or raise `BadToken`."""
    read = read_token(PREFIX, token)
    if read is None:
        raise BadToken
    try:
        caller = await logins.find_caller(read.id)
    except NotSignedIn:
        raise BadToken from None
    if not read.proves(caller.login.secret_hash):
        raise BadToken
    return caller


async def look_at(access_token: str) -> tuple[LoginCaller, dict[str, int]]:
    """Return whose it is and its times, as in RFC 7662 §2.2, or raise `BadToken`."""
    caller = await find_holder(access_token)
    begin, end = caller.login.created_at, caller.login.expires_at
    return caller, {"iat": int(begin.timestamp()), "exp": int(end.timestamp())}
