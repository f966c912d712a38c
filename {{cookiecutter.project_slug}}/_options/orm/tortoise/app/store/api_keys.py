"""API keys in the database."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.expressions import Q

from app.drivers import look_up
from app.records import ApiKey, KeyCaller, names_of
from app.store.batches import remove_first
from app.store.database import Database, reader
from app.store.models import ApiKeyRow
from app.store.users import COLUMNS as USER_COLUMNS
from app.store.users import as_user

COLUMNS = names_of(ApiKey)
COLUMNS_WITH_USER = (*COLUMNS, *(f"user__{name}" for name in USER_COLUMNS))


def as_key(row: Sequence[Any]) -> ApiKey:
    return ApiKey(*row)


def as_caller(row: Sequence[Any]) -> KeyCaller:
    key = as_key(row[: len(COLUMNS)])
    return KeyCaller(as_user(row[len(COLUMNS) :]), key.scopes, key)


def _lives(at: datetime) -> Q:
    return Q(expires_at__isnull=True) | Q(expires_at__gt=at)


async def find_callers(
    key_ids: Collection[UUID], at: datetime
) -> dict[UUID, KeyCaller]:
    """Return active users by their keys that have not ended, in one query of its own."""
    query = ApiKeyRow.filter(_lives(at), id__in=key_ids, user__is_active=True)
    async with look_up():
        rows = await query.using_db(reader()).values_list(*COLUMNS_WITH_USER)
    return {row[0]: as_caller(row) for row in rows}


async def add(db: Database, key: ApiKey) -> None:
    await ApiKeyRow.create(**asdict(key), using_db=db)


async def note_use(db: Database, key_id: UUID, at: datetime) -> None:
    await ApiKeyRow.filter(id=key_id).using_db(db).update(last_used_at=at)


async def list_of_user(db: Database, user_id: UUID, at: datetime) -> list[ApiKey]:
    """Return the keys that have not ended, newest first."""
    query = ApiKeyRow.filter(_lives(at), user_id=user_id).using_db(db)
    query = query.order_by("-created_at", "-id")
    return [as_key(row) for row in await query.values_list(*COLUMNS)]


async def count_of_user(db: Database, user_id: UUID, at: datetime) -> int:
    """Return how many keys have not ended."""
    return await ApiKeyRow.filter(_lives(at), user_id=user_id).using_db(db).count()


async def remove(db: Database, user_id: UUID, key_id: UUID) -> bool:
    """Remove a key of the user; return whether there was one."""
    query = ApiKeyRow.filter(id=key_id, user_id=user_id).using_db(db)
    return await query.delete() == 1


async def remove_ended(db: Database, at: datetime, limit: int) -> int:
    """Remove some of what has ended by then, so many at most; return how many."""
    return await remove_first(db, ApiKeyRow, "expires_at", at, limit)
