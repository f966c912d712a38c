"""What happened: one's own events, and everyone's for administrators."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.access import SignedIn, requires
from app.records import Caller, Event, Page
from app.schemas import EventPage, Text
from app.scopes import ADMIN
from app.services import events
from app.store.database import Database

router = APIRouter(tags=["events"])

Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("/auth/events", response_model=EventPage)
async def list_own_events(
    caller: SignedIn, db: Database, limit: Limit = 50, cursor: Text | None = None
) -> Page[Event]:
    return await events.list_events(db, caller.user.id, None, cursor, limit)


@router.get("/events", response_model=EventPage)
async def list_all_events(
    caller: Annotated[Caller, requires(ADMIN)],
    db: Database,
    limit: Limit = 50,
    cursor: Text | None = None,
    user_id: UUID | None = None,
    kind: Annotated[Text, Query(max_length=40)] | None = None,
) -> Page[Event]:
    return await events.list_events(db, user_id, kind, cursor, limit)
