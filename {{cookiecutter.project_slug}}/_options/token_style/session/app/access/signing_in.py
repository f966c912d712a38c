"""Start a session with a password, renew it with another, and end it."""

from contextlib import suppress

from fastapi import Request

from app.access import session
from app.access.cookie import delete_cookie
from app.errors import NotFound
from app.records import LoginCaller, User
from app.services import logins, passwords, sign_in
from app.store.database import transaction


async def sign_in_with_password(
    request: Request, email: str, password: str, remember: bool
) -> User:
    """Return the user, whose browser carries a new value from now on.

    One that it sent is never taken over (session fixation, ASVS 7.2.4).
    """
    known = await sign_in.check(email, password)
    token = session.new_value()
    caller = await sign_in.start(
        known, token.id, token.hash, known.user.scopes, remember
    )
    await session.end_former(request)
    session.hand_out(request, token, caller.login)
    return caller.user


async def change_password(
    request: Request, caller: LoginCaller, current_password: str, new_password: str
) -> None:
    """Change the password; the browser carries a new value from now on."""
    await passwords.change(caller, current_password, new_password)
    await session.renew(request, caller)


async def sign_out(request: Request, caller: LoginCaller) -> None:
    # Who presses the button twice is signed out all the same.
    with suppress(NotFound):
        async with transaction() as db:
            await logins.end(db, caller, caller.login.id)
    delete_cookie(request)
