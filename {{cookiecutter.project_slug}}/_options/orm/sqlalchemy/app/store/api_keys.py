"""API keys in the database."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, or_, select, update

from app.drivers import look_up
from app.records import ApiKey, KeyCaller, names_of
from app.store.batches import remove_first
from app.store.database import Database, reader
from app.store.models import ApiKeyRow, UserRow
from app.store.users import COLUMNS as USER_COLUMNS
from app.store.users import as_user

COLUMNS = tuple(getattr(ApiKeyRow, name) for name in names_of(ApiKey))


def as_key(row: Sequence[Any]) -> ApiKey:
    return ApiKey(*row)


def as_caller(row: Sequence[Any]) -> KeyCaller:
    key = as_key(row[: len(COLUMNS)])
    return KeyCaller(as_user(row[len(COLUMNS) :]), key.scopes, key)


async def find_callers(
    key_ids: Collection[UUID], at: datetime
) -> dict[UUID, KeyCaller]:
    """Return active users by their keys that have not ended, in one query of its own."""
    query = (
        select(*COLUMNS, *USER_COLUMNS)
        .join(UserRow, UserRow.id == ApiKeyRow.user_id)
        .where(
            ApiKeyRow.id.in_(key_ids),
            or_(ApiKeyRow.expires_at.is_(None), ApiKeyRow.expires_at > at),
            UserRow.is_active,
        )
    )
    async with look_up(), reader.connect() as connection:
        rows = (await connection.execute(query)).all()
    return {row[0]: as_caller(row) for row in rows}


async def add(db: Database, key: ApiKey) -> None:
    await db.execute(insert(ApiKeyRow).values(asdict(key)))


async def note_use(db: Database, key_id: UUID, at: datetime) -> None:
    query = update(ApiKeyRow).where(ApiKeyRow.id == key_id)
    await db.execute(query.values(last_used_at=at))


async def list_of_user(db: Database, user_id: UUID, at: datetime) -> list[ApiKey]:
    """Return the keys that have not ended, newest first."""
    query = select(*COLUMNS).where(
        ApiKeyRow.user_id == user_id,
        or_(ApiKeyRow.expires_at.is_(None), ApiKeyRow.expires_at > at),
    )
    query = query.order_by(ApiKeyRow.created_at.desc(), ApiKeyRow.id.desc())
    return [as_key(row) for row in await db.execute(query)]


async def count_of_user(db: Database, user_id: UUID, at: datetime) -> int:
    """Return how many keys have not ended."""
    query = select(func.count()).where(
        ApiKeyRow.user_id == user_id,
        or_(ApiKeyRow.expires_at.is_(None), ApiKeyRow.expires_at > at),
    )
    return (await db.execute(query)).scalar_one()


async def remove(db: Database, user_id: UUID, key_id: UUID) -> bool:
    """Remove a key of the user; return whether there was one."""
    query = delete(ApiKeyRow).where(
        ApiKeyRow.id == key_id, ApiKeyRow.user_id == user_id
    )
    return (await db.execute(query.returning(ApiKeyRow.id))).first() is not None


async def remove_ended(db: Database, at: datetime, limit: int) -> int:
    """Remove some of what has ended by then, so many at most; return how many."""
    return await remove_first(db, ApiKeyRow, "expires_at", at, limit)
