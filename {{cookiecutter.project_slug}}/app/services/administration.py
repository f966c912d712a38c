"""What administrators do with the accounts of others."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from app.errors import InsufficientScope, Invalid, LastSuper, NotFound, NotSignedIn
from app.paging import page_of, read_cursor
from app.records import Caller, Page, User
from app.scopes import ADMIN, AUTHENTICATED, SUPER
from app.services import events
from app.services.events import Kind
from app.settings import settings
from app.store import events as stored_events
from app.store import logins, users
from app.store.database import Database, transaction


async def list_users(
    db: Database, email_start: str, cursor: str | None, limit: int
) -> Page[User]:
    """Return a page of accounts, newest first, whose address starts so."""
    after = read_cursor(cursor)
    found = await users.list_page(db, email_start.strip().lower(), after, limit + 1)
    return page_of(found, limit, lambda user: (user.created_at, user.id))


async def get_user(db: Database, user_id: UUID) -> User:
    user = await users.get(db, user_id)
    if user is None:
        raise NotFound
    return user


@asynccontextmanager
async def changing(caller: Caller, user_id: UUID) -> AsyncIterator[Database]:
    """A transaction to change an account in; that it was refused is written down."""
    try:
        async with transaction() as db:
            yield db
    except (InsufficientScope, LastSuper) as refusal:
        kind, by = Kind.CHANGE_REFUSED, caller.user.id
        await events.record_failure(kind, user_id, by=by, reason=refusal.code)
        raise


async def change_user(
    caller: Caller, user_id: UUID, changes: Mapping[str, Any]
) -> User:
    """Change a name, whether the account is active, or its scopes.

    An account that is not active any more loses its logins for good. Raise `NotFound`,
    `InsufficientScope`, `NotSignedIn`, `LastSuper`, or `Invalid` for an unknown scope.
    """
    async with changing(caller, user_id) as db:
        return await change(db, caller, user_id, changes)


async def change(
    db: Database, caller: Caller, user_id: UUID, changes: Mapping[str, Any]
) -> User:
    if not changes:
        return await get_user(db, user_id)
    supers = await users.lock_active_supers(db)
    caller = await as_now(db, caller)
    if "scopes" in changes:
        require_super(caller)
    before = await require_may_change(db, caller, user_id)
    if "scopes" in changes:
        scopes = known_scopes(changes["scopes"], kept=before.scopes)
        changes = {**changes, "scopes": scopes}
    user = await users.change(db, user_id, changes)
    # Locked, nobody has removed it meanwhile.
    assert user
    if not user.is_active:
        await logins.remove_all(db, user_id)
    if not user.is_active or SUPER not in user.scopes:
        require_another(supers, user_id)
    await record_change(db, caller, before, user)
    return user


async def record_change(db: Database, caller: Caller, before: User, user: User) -> None:
    by = caller.user.id
    if set(user.scopes) != set(before.scopes):
        scopes = " ".join(user.scopes)
        await events.record(db, Kind.SCOPES_CHANGED, user.id, by=by, scopes=scopes)
    if user.is_active != before.is_active:
        kind = Kind.USER_ENABLED if user.is_active else Kind.USER_DISABLED
        await events.record(db, kind, user.id, by=by)
    if user.name != before.name:
        await events.record(db, Kind.USER_RENAMED, user.id, by=by)


async def delete_user(caller: Caller, user_id: UUID) -> None:
    """Remove an account.

    Raise `NotFound`, `InsufficientScope`, `NotSignedIn` or `LastSuper`.
    """
    async with changing(caller, user_id) as db:
        supers = await users.lock_active_supers(db)
        caller = await as_now(db, caller)
        await require_may_change(db, caller, user_id)
        require_another(supers, user_id)
        await remove(db, user_id, by=caller.user.id)


async def remove(db: Database, user_id: UUID, **detail: object) -> None:
    """Remove an account and all that is theirs; one event says that it was there."""
    await users.remove(db, user_id)
    await stored_events.remove_of_user(db, user_id)
    await events.record(db, Kind.ACCOUNT_DELETED, user_id, **detail)


async def end_logins(caller: Caller, user_id: UUID) -> None:
    """End every login of a user, or raise `NotFound` or `InsufficientScope`."""
    async with changing(caller, user_id) as db:
        await require_may_change(db, caller, user_id)
        await logins.remove_all(db, user_id)
        await events.record(db, Kind.LOGINS_ENDED, user_id, by=caller.user.id)


async def as_now(db: Database, caller: Caller) -> Caller:
    """Return the caller as they are by now; raise `NotSignedIn` or `InsufficientScope`.

    Whoever took their scopes may have come first, while they waited for the lock.
    """
    user = await users.get(db, caller.user.id)
    if user is None or not user.is_active:
        raise NotSignedIn
    current = replace(caller, user=user)
    if not current.may(ADMIN):
        raise InsufficientScope(ADMIN)
    return current


async def require_may_change(db: Database, caller: Caller, user_id: UUID) -> User:
    """Return the user, locked; raise `NotFound`, or `InsufficientScope` if they are above."""
    known = await users.lock_credentials(db, user_id)
    if known is None:
        raise NotFound
    if SUPER in known.user.scopes:
        require_super(caller)
    return known.user


def require_super(caller: Caller) -> None:
    if not caller.may(SUPER):
        raise InsufficientScope(SUPER)


def require_another(supers: list[UUID], user_id: UUID) -> None:
    """Raise `LastSuper` if the user is the only one; the list is locked."""
    if supers == [user_id]:
        raise LastSuper


def known_scopes(scopes: Iterable[str], kept: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the scopes with what every user has, or raise `Invalid` for an unknown one.

    What a user kept from before may stay, though there is no such scope any more.
    """
    require_known(set(scopes).difference(kept))
    return tuple(sorted({AUTHENTICATED, *scopes}))


def require_known(scopes: Iterable[str]) -> None:
    for scope in scopes:
        if scope not in settings.all_scopes:
            raise Invalid(f"There is no scope {scope!r}.", ("body", "scopes"))
