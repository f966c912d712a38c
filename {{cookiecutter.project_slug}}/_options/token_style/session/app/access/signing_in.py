"""Start a session with a password, renew it with another, and end it."""

from contextlib import suppress

from fastapi import Request

from app.access import session
from app.access.cookie import delete_cookie
from app.errors import NotFound
from app.records import LoginCaller, User
from app.services import logins, passwords, sign_in
from app.store.database import Database, transaction


async def sign_in_with_password(
    request: Request, email: str, password: str, remember: bool
) -> User:
    """Return the user, whose browser carries a new value from now on.

    One that it sent is never taken over (session fixation, ASVS 7.2.4).
    """
    known = await sign_in.check(email, password)
    former = await session.find_former(request)
    token = session.new_value()
    async with transaction() as db:
        caller = await sign_in.start(
            db, known, token.id, token.hash, known.user.scopes, remember
        )
        if former:
            await end(db, former)
    session.hand_out(request, token, caller.login)
    return caller.user


async def change_password(
    request: Request, caller: LoginCaller, current_password: str, new_password: str
) -> None:
    """Change the password; the browser carries a new value from now on."""
    async with passwords.changing(caller, current_password, new_password) as db:
        token, login = await session.replace_value(db, caller)
    session.hand_out(request, token, login)


async def sign_out(request: Request, caller: LoginCaller) -> None:
    async with transaction() as db:
        await end(db, caller)
    delete_cookie(request)


async def end(db: Database, caller: LoginCaller) -> None:
    # Who presses the button twice is signed out all the same.
    with suppress(NotFound):
        await logins.end(db, caller, caller.login.id)
