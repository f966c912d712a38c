"""Audit events in the database: written once, never changed."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q

from app.paging import Position
from app.records import Event, names_of
from app.store.batches import remove_first
from app.store.database import Database
from app.store.models import EventRow

COLUMNS = names_of(Event)


async def add(db: Database, event: Event) -> None:
    await EventRow.create(**asdict(event), using_db=db)


async def list_page(
    db: Database,
    user_id: UUID | None,
    kind: str | None,
    after: Position | None,
    limit: int,
) -> list[Event]:
    """Return events, newest first: one user's or everyone's, of one kind or all."""
    query = EventRow.all().using_db(db)
    if user_id:
        query = query.filter(user_id=user_id)
    if kind:
        query = query.filter(kind=kind)
    if after:
        at, event_id = after
        query = query.filter(Q(at__lt=at) | Q(at=at, id__lt=event_id))
    query = query.order_by("-at", "-id").limit(limit)
    return [Event(*row) for row in await query.values_list(*COLUMNS)]


async def remove_of_user(db: Database, user_id: UUID) -> None:
    await EventRow.filter(user_id=user_id).using_db(db).delete()


async def remove_until(db: Database, at: datetime, limit: int) -> int:
    """Remove some of what happened until then, so many at most; return how many."""
    return await remove_first(db, EventRow, "at", at, limit)
