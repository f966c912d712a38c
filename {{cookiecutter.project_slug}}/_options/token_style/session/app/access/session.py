"""The value of the session cookie: random, and known to the database only by its hash."""

from contextlib import suppress
from hmac import compare_digest

from fastapi import Request
from fastapi.responses import Response

from app.access.cookie import delete_cookie, read_cookie, set_cookie
from app.clock import now
from app.errors import NotSignedIn, Problem, answer
from app.records import Login, LoginCaller
from app.services import logins
from app.store.database import Database, transaction
from app.tokens import Token, new_token, read_token

# Nobody looks for one in a log or a repository: a cookie is not pasted around.
PREFIX = ""

# What is stored has two halves: of the hash of the value in force, and of the one
# that it replaced. Nobody guesses 128 bits.
HALF = 32


class EndedSession(NotSignedIn):
    detail = "The session is unknown or has ended."


class ReplacedValue(EndedSession):
    """A new one took its place, and may have reached the browser already."""


def new_value() -> Token:
    return new_token(PREFIX)


def hand_out(request: Request, token: Token, login: Login | None) -> None:
    """Let the browser carry the value: until it is closed, or as long as the login lasts.

    Without a login nothing came of the value.
    """
    if login is None:
        return
    left = int((login.expires_at - now()).total_seconds())
    set_cookie(request, token.text, max_age=left if login.remembered else None)


async def caller_of(request: Request) -> LoginCaller:
    """Return whose session the request is part of, or raise `NotSignedIn`.

    Found out once a request: the value that it came with may be replaced by now.
    """
    if not hasattr(request.state, "caller"):
        request.state.caller = await find_caller(request)
    caller: LoginCaller = request.state.caller
    return caller


async def find_caller(request: Request) -> LoginCaller:
    """Find the caller by the cookie, which is in order after that.

    A value that proves nothing is deleted. One that was handed out when the user
    had other scopes is replaced.
    """
    value = read_cookie(request)
    if value is None:
        raise NotSignedIn
    try:
        caller = await find_caller_by_value(value)
    except ReplacedValue:
        # The browser would delete its successor.
        raise
    except EndedSession:
        delete_cookie(request)
        raise
    if set(caller.login.scopes) != set(caller.user.scopes):
        return await renew(request, caller)
    await logins.note_use(caller.login)
    return caller


async def find_caller_by_value(value: str) -> LoginCaller:
    token = read_token(PREFIX, value)
    if token is None:
        raise EndedSession
    try:
        caller = await logins.find_caller(token.id)
    except NotSignedIn:
        raise EndedSession from None
    told, stored = token.hash[:HALF], caller.login.secret_hash
    if compare_digest(told, stored[HALF:]):
        raise ReplacedValue
    if not compare_digest(told, stored[:HALF]):
        raise EndedSession
    return caller


async def renew(request: Request, caller: LoginCaller) -> LoginCaller:
    """Replace the value and grant what the user may do now (ASVS 7.2.4).

    Of a browser's requests at the same time one does it. The others were found
    out before and go on as they are; what comes later with the old value is
    refused, and does not delete the new one.
    """
    async with transaction() as db:
        token, login = await replace_value(db, caller)
    hand_out(request, token, login)
    return LoginCaller(caller.user, login.scopes, login) if login else caller


async def replace_value(
    db: Database, caller: LoginCaller
) -> tuple[Token, Login | None]:
    """Return a new value and the login that has it, or None if another request was faster.

    It is handed out once the transaction is through.
    """
    token = new_token(PREFIX, caller.login.id)
    stored = token.hash[:HALF] + caller.login.secret_hash[:HALF]
    return token, await logins.renew(db, caller.login, stored, caller.user.scopes)


async def find_former(request: Request) -> LoginCaller | None:
    """Return whose session the browser had before: signing in replaces it."""
    with suppress(EndedSession):
        return await find_caller_by_value(read_cookie(request) or "")
    return None


async def answer_not_signed_in(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return answer(problem)
