"""Logins in the database: one row for each device that is signed in."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any
from uuid import UUID, uuid4

from tortoise.expressions import Subquery

from app.clock import now
from app.drivers import look_up
from app.records import Login, LoginCaller, names_of
from app.store.batches import remove_first
from app.store.database import Database, reader
from app.store.models import LoginRow, UserRow
from app.store.users import COLUMNS as USER_COLUMNS
from app.store.users import as_user

COLUMNS = names_of(Login)
COLUMNS_WITH_USER = (*COLUMNS, *(f"user__{name}" for name in USER_COLUMNS))


def as_login(row: Sequence[Any]) -> Login:
    return Login(*row)


def as_caller(row: Sequence[Any]) -> LoginCaller:
    login = as_login(row[: len(COLUMNS)])
    return LoginCaller(as_user(row[len(COLUMNS) :]), login.scopes, login)


# Every request waits for this query, and putting it together takes longer than
# sending it: that is done once for each number of logins.
@lru_cache(maxsize=256)
def _callers_query(dialect: str, count: int) -> str:
    """Return the SQL that asks for so many logins, with places for what varies."""
    some = [uuid4() for _ in range(count)]
    query = LoginRow.filter(id__in=some, expires_at__gt=now(), user__is_active=True)
    return query.using_db(reader()).values_list(*COLUMNS_WITH_USER).sql()


async def find_callers(
    login_ids: Collection[UUID], at: datetime
) -> dict[UUID, LoginCaller]:
    """Return active users by their logins that have not ended, in one query of its own."""
    client = reader()
    query = _callers_query(client.capabilities.dialect, len(login_ids))
    parameters = [*map(str, login_ids), at.astimezone(UTC), True]
    async with look_up():
        _, rows = await client.execute_query(query, parameters)
    callers = [as_caller(_from_database(row)) for row in rows]
    return {caller.login.id: caller for caller in callers}


def _from_database(row: Iterable[Any]) -> list[Any]:
    return [read(value) for read, value in zip(_readers(), row, strict=True)]


# The models know all of their columns once the database was opened.
@cache
def _readers() -> list[Callable[[Any], Any]]:
    """Return what makes of each column's value what it is in Python."""
    tables = ((LoginRow, COLUMNS), (UserRow, USER_COLUMNS))
    return [
        table._meta.fields_map[name].to_python_value
        for table, names in tables
        for name in names
    ]


async def add(db: Database, login: Login) -> None:
    await LoginRow.create(**asdict(login), using_db=db)


async def replace(db: Database, login: Login, new: Login) -> bool:
    """Write the new state if the login still has its secret and has not ended.

    Of those who try it at the same time with another secret, one succeeds.
    """
    query = LoginRow.filter(
        id=login.id,
        secret_hash=login.secret_hash,
        expires_at__gt=new.last_seen_at,
    )
    changed = await query.using_db(db).update(
        secret_hash=new.secret_hash,
        scopes=new.scopes,
        last_seen_at=new.last_seen_at,
        expires_at=new.expires_at,
    )
    return changed == 1


async def lock(db: Database, login_id: UUID, at: datetime) -> bool:
    """Return whether the login goes on; nobody ends it in this transaction."""
    query = LoginRow.filter(id=login_id, expires_at__gt=at).using_db(db)
    return await query.select_for_update().first() is not None


async def list_of_user(db: Database, user_id: UUID, at: datetime) -> list[Login]:
    """Return the logins that have not ended, newest first."""
    query = LoginRow.filter(user_id=user_id, expires_at__gt=at).using_db(db)
    query = query.order_by("-created_at", "-id")
    return [as_login(row) for row in await query.values_list(*COLUMNS)]


async def remove(db: Database, user_id: UUID, login_id: UUID) -> bool:
    """Remove a login of the user; return whether there was one."""
    query = LoginRow.filter(id=login_id, user_id=user_id).using_db(db)
    return await query.delete() == 1


async def remove_all(db: Database, user_id: UUID, but: UUID | None = None) -> None:
    """Remove every login of the user, or every other one."""
    query = LoginRow.filter(user_id=user_id).using_db(db)
    await (query.exclude(id=but) if but else query).delete()


async def remove_oldest(db: Database, user_id: UUID, keep: int) -> None:
    """Remove the logins that were unused longest, beyond those to keep."""
    of_user = LoginRow.filter(user_id=user_id).using_db(db)
    latest = of_user.order_by("-last_seen_at", "-created_at").limit(keep)
    await of_user.filter(id__not_in=Subquery(latest.values("id"))).delete()


async def remove_ended(db: Database, at: datetime, limit: int) -> int:
    """Remove some of what has ended by then, so many at most; return how many."""
    return await remove_first(db, LoginRow, "expires_at", at, limit)
