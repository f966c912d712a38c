"""What operators do from the command line. They answer to nobody, but one super stays."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta

from anyio import sleep

from app.clock import now
from app.errors import EmailTaken, NotFound
from app.passwords import hash_password
from app.records import User
from app.scopes import AUTHENTICATED, SUPER
from app.services import events
from app.services.administration import known_scopes, require_another, require_known
from app.services.events import Kind
from app.services.password_policy import require_strong
from app.settings import settings
from app.store import api_keys, logins, mail_tokens, users
from app.store import events as stored_events
from app.store.database import Database, transaction

# Who did it, in the events: nobody who is signed in.
OPERATOR = "operator"

# How many rows a purge removes at once, and how long it lets others go first then.
BATCH, PAUSE_SECONDS = 1_000, 0.05


async def create_user(
    email: str, password: str, name: str | None, scopes: Iterable[str]
) -> User:
    """Add an account whose address the operator vouches for, or raise `EmailTaken`."""
    known = known_scopes(scopes)
    await require_strong(password, email=email, name=name)
    password_hash = await hash_password(password)
    async with transaction() as db:
        user = await users.add(db, email, password_hash, name, known)
        if user is None:
            raise EmailTaken
        await users.change(db, user.id, {"is_verified": True})
        await events.record(db, Kind.REGISTERED, user.id, by=OPERATOR)
    return user


async def grant(email: str, scopes: Iterable[str]) -> None:
    """Add to what the user may do, or raise `NotFound`, or `Invalid` for an unknown scope."""
    added = known_scopes(scopes)
    async with transaction() as db:
        # In the order of all who change a scope, so that none waits for another.
        await users.lock_active_supers(db)
        user = await find(db, email)
        await change_scopes(db, user, {*user.scopes, *added})


async def revoke(email: str, scopes: Iterable[str]) -> None:
    """Take from what the user may do, or raise `NotFound`, `Invalid` or `LastSuper`.

    A scope that is not in `SCOPES` any more can be taken as well.
    """
    removed = set(scopes)
    async with transaction() as db:
        supers = await users.lock_active_supers(db)
        user = await find(db, email)
        require_known(removed.difference(user.scopes))
        if SUPER in removed:
            require_another(supers, user.id)
        await change_scopes(db, user, {*user.scopes} - removed | {AUTHENTICATED})


async def change_scopes(db: Database, user: User, scopes: set[str]) -> None:
    if scopes == {*user.scopes}:
        return
    held = tuple(sorted(scopes))
    await users.change(db, user.id, {"scopes": held})
    await events.record(
        db, Kind.SCOPES_CHANGED, user.id, by=OPERATOR, scopes=" ".join(held)
    )


async def end_logins(email: str) -> None:
    async with transaction() as db:
        user = await find(db, email)
        await logins.remove_all(db, user.id)
        await events.record(db, Kind.LOGINS_ENDED, user.id, by=OPERATOR)


async def purge() -> dict[str, int]:
    """Remove what has expired; return how many of each."""
    at = now()
    long_ago = at - timedelta(days=settings.event_days)
    return {
        "logins": await in_batches(logins.remove_ended, at),
        "mailed tokens": await in_batches(mail_tokens.remove_ended, at),
        "API keys": await in_batches(api_keys.remove_ended, at),
        "events": await in_batches(stored_events.remove_until, long_ago),
    }


async def in_batches(
    remove: Callable[[Database, datetime, int], Awaitable[int]], at: datetime
) -> int:
    """Remove a little at a time: nobody waits for longer than that takes."""
    removed, last = 0, BATCH
    while last >= BATCH:
        async with transaction() as db:
            last = await remove(db, at, BATCH)
        removed += last
        await sleep(PAUSE_SECONDS)
    return removed


async def find(db: Database, email: str) -> User:
    """Return the user, locked, or raise `NotFound`."""
    user = await users.find_by_email(db, email)
    known = await users.lock_credentials(db, user.id) if user else None
    if known is None:
        raise NotFound(f"No account has the address {email}.")
    return known.user
