"""Logins: a row for each device that is signed in, whatever it carries as proof."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from app.clock import now
from app.errors import NotFound, NotSignedIn
from app.gathered import Gathered
from app.records import Credentials, Login, LoginCaller
from app.services import events
from app.services.events import Kind
from app.settings import settings
from app.store import logins, users
from app.store.database import Database, transaction

# A use is written at most this often, so that most requests write nothing. More often
# only where a login ends within minutes: there this may be no more than a quarter.
NOTED_EVERY_SECONDS, OF_IDLE = 60, 0.25


async def find_callers(login_ids: Collection[UUID]) -> dict[UUID, LoginCaller]:
    return await logins.find_callers(login_ids, now())


callers = Gathered(find_callers)


async def find_caller(login_id: UUID) -> LoginCaller:
    """Return who the login belongs to, or raise `NotSignedIn`."""
    caller = await callers.find(login_id)
    if caller is None:
        raise NotSignedIn
    return caller


async def still_signed_in(db: Database, caller: LoginCaller) -> Credentials:
    """Return the caller's account, locked, or raise `NotSignedIn` if the login has ended.

    While one waits, for a hash or for others to be done with the account, it may be
    ended by whoever locks this caller out: nothing that outlives it is done then.
    """
    known = await users.lock_credentials(db, caller.user.id)
    if (
        known is None
        or not known.user.is_active
        or not await logins.lock(db, caller.login.id, now())
    ):
        raise NotSignedIn
    return known


async def note_use(login: Login) -> None:
    """Let the login live on for `LOGIN_IDLE_MINUTES` from now."""
    idle_seconds = settings.login_idle_minutes * 60
    unseen_seconds = (now() - login.last_seen_at).total_seconds()
    if unseen_seconds >= min(NOTED_EVERY_SECONDS, OF_IDLE * idle_seconds):
        async with transaction() as db:
            await renew(db, login)


async def renew(
    db: Database,
    login: Login,
    secret_hash: str | None = None,
    scopes: tuple[str, ...] | None = None,
) -> Login | None:
    """Write that the login was used, and its new secret or scopes.

    Return the login as it is now, or None if it has ended or has another secret
    by now: of those who renew a secret at the same time, one succeeds.
    """
    used_at = now()
    renewed = replace(
        login,
        secret_hash=secret_hash or login.secret_hash,
        scopes=scopes or login.scopes,
        last_seen_at=used_at,
        expires_at=end_of(login.created_at, used_at, login.remembered),
    )
    return renewed if await logins.replace(db, login, renewed) else None


def end_of(created_at: datetime, used_at: datetime, remembered: bool) -> datetime:
    """Return when a login ends that is not used again."""
    latest = created_at + timedelta(days=settings.login_max_days)
    idle = used_at + timedelta(minutes=settings.login_idle_minutes)
    return latest if remembered else min(idle, latest)


async def list_of(db: Database, caller: LoginCaller) -> list[Login]:
    return await logins.list_of_user(db, caller.user.id, now())


async def end(db: Database, caller: LoginCaller, login_id: UUID) -> None:
    """End a login of the caller, or raise `NotFound` for anyone else's."""
    if not await logins.remove(db, caller.user.id, login_id):
        raise NotFound
    kind = Kind.SIGNED_OUT if login_id == caller.login.id else Kind.LOGIN_ENDED
    await events.record(db, kind, caller.user.id, login_id=login_id)


async def end_others(db: Database, caller: LoginCaller) -> None:
    """End every other login of the caller, or raise `NotSignedIn` if theirs ended first."""
    await still_signed_in(db, caller)
    await logins.remove_all(db, caller.user.id, but=caller.login.id)
    await events.record(db, Kind.LOGINS_ENDED, caller.user.id, by=caller.user.id)
