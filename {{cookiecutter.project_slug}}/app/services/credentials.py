"""Check a password against an account, as often as the throttle lets."""

from app import context, throttle
from app.errors import InvalidCredentials
from app.passwords import check_password
from app.records import Credentials
from app.store import users
from app.store.database import Database, transaction


async def check(
    account: str,
    known: Credentials | None,
    password: str,
    *,
    in_secret: bool = False,
) -> Credentials | None:
    """Return the credentials if the password fits and the account is active.

    An account that does not exist, a wrong password and an account that is not
    active cost the same: one hash. Raise `TooManyAttempts` before any. A success in
    secret counts like a failure: otherwise the limit would tell.
    """
    address = context.client().ip_address
    known_hash = known.password_hash if known else None
    async with throttle.attempt(account, address) as attempt:
        fits, new_hash = await check_password(password, known_hash)
        if known is None or not fits or not known.user.is_active:
            return None
        if not in_secret:
            attempt.succeeded()
    return await rehash(known, password, new_hash) if new_hash else known


async def rehash(
    known: Credentials, password: str, new_hash: str
) -> Credentials | None:
    """Keep a hash made with today's parameters, unless somebody was faster."""
    async with transaction() as db:
        current = await users.lock_credentials(db, known.user.id)
        if current is None or not current.user.is_active:
            return None
        if current.password_hash == known.password_hash:
            await users.change(db, known.user.id, {"password_hash": new_hash})
            return Credentials(current.user, new_hash)
    # It is a new hash of the same password, or that of a new one.
    fits, _ = await check_password(password, current.password_hash)
    return current if fits else None


async def still_known(db: Database, known: Credentials) -> Credentials:
    """Return the account, locked, if nothing ended its right to sign in meanwhile.

    A hash takes long enough for a password to be changed or an account disabled.
    """
    current = await still_active(db, known)
    if current.password_hash != known.password_hash:
        raise InvalidCredentials
    return current


async def still_active(db: Database, known: Credentials) -> Credentials:
    """Return the account, locked, or raise `InvalidCredentials` if it is not active now."""
    current = await users.lock_credentials(db, known.user.id)
    if current is None or not current.user.is_active:
        raise InvalidCredentials
    return current
