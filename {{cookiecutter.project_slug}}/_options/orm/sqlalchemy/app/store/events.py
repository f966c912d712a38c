"""Audit events in the database: written once, never changed."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, tuple_

from app.paging import Position
from app.records import Event, names_of
from app.store.batches import remove_first
from app.store.database import Database
from app.store.models import EventRow

COLUMNS = tuple(getattr(EventRow, name) for name in names_of(Event))


async def add(db: Database, event: Event) -> None:
    await db.execute(insert(EventRow).values(asdict(event)))


async def list_page(
    db: Database,
    user_id: UUID | None,
    kind: str | None,
    after: Position | None,
    limit: int,
) -> list[Event]:
    """Return events, newest first: one user's or everyone's, of one kind or all."""
    query = select(*COLUMNS)
    if user_id:
        query = query.where(EventRow.user_id == user_id)
    if kind:
        query = query.where(EventRow.kind == kind)
    if after:
        query = query.where(tuple_(EventRow.at, EventRow.id) < after)
    query = query.order_by(EventRow.at.desc(), EventRow.id.desc()).limit(limit)
    return [Event(*row) for row in await db.execute(query)]


async def remove_of_user(db: Database, user_id: UUID) -> None:
    await db.execute(delete(EventRow).where(EventRow.user_id == user_id))


async def remove_until(db: Database, at: datetime, limit: int) -> int:
    """Remove some of what happened until then, so many at most; return how many."""
    return await remove_first(db, EventRow, "at", at, limit)
