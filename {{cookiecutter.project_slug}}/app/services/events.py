"""Write down who changed, or tried to change, who may do what."""

import logging
from dataclasses import asdict
from enum import StrEnum
from functools import partial
from uuid import UUID, uuid4

from app import context
from app.clock import now
from app.commits import after_commit
from app.paging import page_of, read_cursor
from app.records import Event, Page
from app.store import events
from app.store.database import Database, transaction

logger = logging.getLogger("audit")


class Kind(StrEnum):
    REGISTERED = "registered"
    REGISTRATION_REFUSED = "registration_refused"
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    LOGIN_ENDED = "login_ended"
    LOGINS_ENDED = "logins_ended"
    PASSWORD_CONFIRMATION_FAILED = "password_confirmation_failed"
    PASSWORD_CHANGED = "password_changed"
    PASSWORD_RESET_REQUESTED = "password_reset_requested"
    PASSWORD_RESET = "password_reset"
    EMAIL_VERIFIED = "email_verified"
    EMAIL_CHANGE_REQUESTED = "email_change_requested"
    EMAIL_CHANGED = "email_changed"
    API_KEY_CREATED = "api_key_created"
    API_KEY_REMOVED = "api_key_removed"
    USER_RENAMED = "user_renamed"
    USER_ENABLED = "user_enabled"
    USER_DISABLED = "user_disabled"
    SCOPES_CHANGED = "scopes_changed"
    CHANGE_REFUSED = "change_refused"
    ACCOUNT_DELETED = "account_deleted"


async def record(
    db: Database, kind: str, user_id: UUID | None = None, **detail: object
) -> None:
    """Record an event with the change that it tells of: both are kept, or neither.

    The log tells what has been kept. The detail is small and never holds a secret.
    """
    sender = context.client()
    event = Event(
        id=uuid4(),
        user_id=user_id,
        kind=kind,
        at=now(),
        ip_address=sender.ip_address,
        user_agent=sender.user_agent,
        detail={name: str(value) for name, value in detail.items()},
    )
    await events.add(db, event)
    after_commit(db, partial(logger.info, kind, extra={"event": asdict(event)}))


async def record_failure(kind: Kind, user_id: UUID | None, **detail: object) -> None:
    """Record what was tried in vain, to stay whatever the answer is."""
    async with transaction() as db:
        await record(db, kind, user_id, **detail)


async def list_events(
    db: Database,
    user_id: UUID | None,
    kind: str | None,
    cursor: str | None,
    limit: int,
) -> Page[Event]:
    """Return a page of events, newest first: one user's or everyone's."""
    after = read_cursor(cursor)
    found = await events.list_page(db, user_id, kind, after, limit + 1)
    return page_of(found, limit, lambda event: (event.at, event.id))
