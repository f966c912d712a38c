"""Confirm, change and reset passwords."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app import mail
from app.errors import InvalidToken, WrongPassword
from app.later import later
from app.passwords import hash_password
from app.records import Credentials, LoginCaller, User
from app.services import api_keys, credentials, events, mail_tokens
from app.services.events import Kind
from app.services.logins import still_signed_in
from app.services.mail_tokens import Purpose
from app.services.password_policy import require_strong
from app.store import logins, users
from app.store import mail_tokens as stored_tokens
from app.store.database import Database, transaction
from app.throttle import may_mail


async def confirm(caller: LoginCaller, password: str) -> Credentials:
    """Return the caller's credentials.

    Raise `NotSignedIn`, `TooManyAttempts` or `WrongPassword`.
    """
    async with transaction() as db:
        known = await still_signed_in(db, caller)
    proved = await credentials.check(caller.user.email, known, password)
    if proved is None:
        await events.record_failure(Kind.PASSWORD_CONFIRMATION_FAILED, caller.user.id)
        raise WrongPassword
    return proved


async def still_confirmed(
    db: Database, caller: LoginCaller, known: Credentials
) -> User:
    """Return the account, locked, and its login too, as the act that was confirmed begins.

    Raise `NotSignedIn`, or `WrongPassword` if that changed meanwhile.
    """
    current = await still_signed_in(db, caller)
    if current.password_hash != known.password_hash:
        raise WrongPassword
    return current.user


@asynccontextmanager
async def changing(
    caller: LoginCaller, current_password: str, new_password: str
) -> AsyncIterator[Database]:
    """The transaction that changes the caller's password and ends their other logins.

    Raise `NotSignedIn`, `TooManyAttempts`, `WrongPassword`, or `WeakPassword`.
    """
    known = await confirm(caller, current_password)
    await require_strong_of(known.user, new_password)
    new_hash = await hash_password(new_password)
    async with transaction() as db:
        user = await still_confirmed(db, caller, known)
        await replace(db, user, new_hash)
        await logins.remove_all(db, user.id, but=caller.login.id)
        await events.record(db, Kind.PASSWORD_CHANGED, user.id)
        yield db
    mail.password_changed(user.email)


def forgot(email: str) -> None:
    """Mail a link to reset the password, if an account has the address.

    All of it goes on after the answer, which so takes as long for any address.
    """
    later(mail_reset(email), "mailing a password reset")


async def mail_reset(email: str) -> None:
    async with transaction() as db:
        known = await users.find_credentials(db, email)
    if known is None or not known.user.is_active:
        return
    # Only a mail that is sent counts: others could keep its owner from getting any.
    if not await may_mail(email):
        return
    async with transaction() as db:
        user = (await credentials.still_active(db, known)).user
        token = await mail_tokens.issue(db, user, Purpose.RESET_PASSWORD, email)
        await events.record(db, Kind.PASSWORD_RESET_REQUESTED, user.id)
    mail.reset_password(email, token)


async def reset(token: str, new_password: str) -> None:
    """Set a new password and end every login, or raise `InvalidToken` or `WeakPassword`.

    A weak password leaves the token good, for another try. While nobody has shown
    that the address is theirs, a stranger may have registered it, and made API keys
    to stay: these end, too.
    """
    async with transaction() as db:
        user = await mail_tokens.read(db, Purpose.RESET_PASSWORD, token)
    await require_strong_of(user, new_password)
    new_hash = await hash_password(new_password)
    async with transaction() as db:
        user, mailed_to = await mail_tokens.use(db, Purpose.RESET_PASSWORD, token)
        if user.email != mailed_to:
            # The account moved on while the mail was being made.
            raise InvalidToken
        await replace(db, user, new_hash)
        await logins.remove_all(db, user.id)
        if not user.is_verified:
            await api_keys.remove_all(db, user.id)
        await events.record(db, Kind.PASSWORD_RESET, user.id)
    mail.password_changed(user.email)


async def replace(db: Database, user: User, password_hash: str) -> None:
    """Write the new hash, and end what was mailed to whoever knew the old password."""
    await users.change(db, user.id, {"password_hash": password_hash})
    await stored_tokens.remove(
        db, user.id, Purpose.RESET_PASSWORD, Purpose.CHANGE_EMAIL
    )


async def require_strong_of(user: User, new_password: str) -> None:
    await require_strong(
        new_password, email=user.email, name=user.name, field="new_password"
    )
