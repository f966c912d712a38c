"""Register, rename and delete one's own account."""

from app import mail
from app.errors import EmailTaken, NotSignedIn
from app.later import later
from app.passwords import hash_password
from app.records import Caller, LoginCaller, User
from app.scopes import AUTHENTICATED
from app.services import administration, email_verification, events, passwords
from app.services.events import Kind
from app.services.password_policy import require_strong
from app.store import users
from app.store.database import Database, transaction
from app.throttle import may_mail


async def register(email: str, password: str, name: str | None) -> User:
    """Add an account that may do what everybody may.

    Raise `WeakPassword`, or `EmailTaken` after the same work.
    """
    await require_strong(password, email=email, name=name)
    password_hash = await hash_password(password)
    async with transaction() as db:
        user = await users.add(db, email, password_hash, name, (AUTHENTICATED,))
        kind = Kind.REGISTERED if user else Kind.REGISTRATION_REFUSED
        await events.record(db, kind, user.id if user else None)
    if user is None:
        raise EmailTaken
    email_verification.resend(email)
    return user


async def register_in_secret(email: str, password: str, name: str | None) -> None:
    """Register, or tell whoever owns the address: whoever asks learns nothing."""
    try:
        await register(email, password, name)
    except EmailTaken:
        later(tell_owner(email), "mailing the owner of an address")


async def tell_owner(email: str) -> None:
    if await may_mail(email):
        mail.address_in_use(email)


async def rename(db: Database, caller: Caller, name: str | None) -> User:
    """Return the account as it is now, or raise `NotSignedIn` if it is gone by now."""
    user = await users.change(db, caller.user.id, {"name": name})
    if user is None:
        raise NotSignedIn
    return user


async def delete(caller: LoginCaller, current_password: str) -> None:
    """Delete the caller's account and all that is theirs, at once.

    Raise `NotSignedIn`, `TooManyAttempts`, `WrongPassword`, or `LastSuper`.
    """
    known = await passwords.confirm(caller, current_password)
    async with administration.changing(caller, caller.user.id) as db:
        supers = await users.lock_active_supers(db)
        await passwords.still_confirmed(db, caller, known)
        administration.require_another(supers, caller.user.id)
        await administration.remove(db, caller.user.id)
