"""Logins in the database: one row for each device that is signed in."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Dialect, bindparam, delete, insert, select, update

from app.drivers import look_up
from app.records import Login, LoginCaller, names_of
from app.store.batches import remove_first
from app.store.database import Database, engine, fetch_all
from app.store.models import LoginRow, UserRow
from app.store.users import COLUMNS as USER_COLUMNS
from app.store.users import as_user

COLUMNS = tuple(getattr(LoginRow, name) for name in names_of(Login))


def as_login(row: Sequence[Any]) -> Login:
    return Login(*row)


def as_caller(row: Sequence[Any]) -> LoginCaller:
    login = as_login(row[: len(COLUMNS)])
    return LoginCaller(as_user(row[len(COLUMNS) :]), login.scopes, login)


# Every request waits for this query, and the ORM takes longer to send it and to read
# its rows than the database to answer it: that is done once for each number of logins.
@lru_cache(maxsize=256)
def _callers_query(dialect: Dialect, count: int) -> str:
    """Return the SQL that asks for so many logins, with places for what varies."""
    some = [bindparam(f"id_{n}", type_=LoginRow.id.type) for n in range(count)]
    query = (
        select(*COLUMNS, *USER_COLUMNS)
        .join(UserRow, UserRow.id == LoginRow.user_id)
        .where(
            LoginRow.id.in_(some),
            LoginRow.expires_at > bindparam("at"),
            UserRow.is_active,
        )
    )
    return str(query.compile(dialect=dialect))


async def find_callers(
    login_ids: Collection[UUID], at: datetime
) -> dict[UUID, LoginCaller]:
    """Return active users by their logins that have not ended, in one query of its own."""
    dialect = engine.dialect
    query = _callers_query(dialect, len(login_ids))
    write_id, write_time = _writers(dialect)
    async with look_up():
        rows = await fetch_all(query, [*map(write_id, login_ids), write_time(at)])
    callers = [as_caller(_from_database(row, dialect)) for row in rows]
    return {caller.login.id: caller for caller in callers}


def _from_database(row: Iterable[Any], dialect: Dialect) -> list[Any]:
    values = list(row)
    for place, read in _readers(dialect):
        values[place] = read(values[place])
    return values


@cache
def _readers(dialect: Dialect) -> list[tuple[int, Callable[[Any], Any]]]:
    """Return what makes of a column's value what it is in Python, and for which columns."""
    kinds = [column.type.dialect_impl(dialect) for column in (*COLUMNS, *USER_COLUMNS)]
    readers = [kind.result_processor(dialect, None) for kind in kinds]
    return [(place, read) for place, read in enumerate(readers) if read]


@cache
def _writers(dialect: Dialect) -> list[Callable[[Any], Any]]:
    """Return what makes of an id, and of a time, what the driver takes."""
    columns = (LoginRow.id, LoginRow.expires_at)
    kinds = [column.type.dialect_impl(dialect) for column in columns]
    return [kind.bind_processor(dialect) or (lambda it: it) for kind in kinds]


async def add(db: Database, login: Login) -> None:
    await db.execute(insert(LoginRow).values(asdict(login)))


async def replace(db: Database, login: Login, new: Login) -> bool:
    """Write the new state if the login still has its secret and has not ended.

    Of those who try it at the same time with another secret, one succeeds.
    """
    query = update(LoginRow).where(
        LoginRow.id == login.id,
        LoginRow.secret_hash == login.secret_hash,
        LoginRow.expires_at > new.last_seen_at,
    )
    changed = query.values(
        secret_hash=new.secret_hash,
        scopes=new.scopes,
        last_seen_at=new.last_seen_at,
        expires_at=new.expires_at,
    )
    return (await db.execute(changed.returning(LoginRow.id))).first() is not None


async def lock(db: Database, login_id: UUID, at: datetime) -> bool:
    """Return whether the login goes on; nobody ends it in this transaction."""
    query = select(LoginRow.id).where(LoginRow.id == login_id, LoginRow.expires_at > at)
    return (await db.execute(query.with_for_update())).first() is not None


async def list_of_user(db: Database, user_id: UUID, at: datetime) -> list[Login]:
    """Return the logins that have not ended, newest first."""
    query = select(*COLUMNS).where(
        LoginRow.user_id == user_id, LoginRow.expires_at > at
    )
    query = query.order_by(LoginRow.created_at.desc(), LoginRow.id.desc())
    return [as_login(row) for row in await db.execute(query)]


async def remove(db: Database, user_id: UUID, login_id: UUID) -> bool:
    """Remove a login of the user; return whether there was one."""
    query = delete(LoginRow).where(LoginRow.id == login_id, LoginRow.user_id == user_id)
    return (await db.execute(query.returning(LoginRow.id))).first() is not None


async def remove_all(db: Database, user_id: UUID, but: UUID | None = None) -> None:
    """Remove every login of the user, or every other one."""
    query = delete(LoginRow).where(LoginRow.user_id == user_id)
    await db.execute(query.where(LoginRow.id != but) if but else query)


async def remove_oldest(db: Database, user_id: UUID, keep: int) -> None:
    """Remove the logins that were unused longest, beyond those to keep."""
    latest = (
        select(LoginRow.id)
        .where(LoginRow.user_id == user_id)
        .order_by(LoginRow.last_seen_at.desc(), LoginRow.created_at.desc())
        .limit(keep)
    )
    query = delete(LoginRow).where(LoginRow.user_id == user_id)
    await db.execute(query.where(LoginRow.id.not_in(latest)))


async def remove_ended(db: Database, at: datetime, limit: int) -> int:
    """Remove some of what has ended by then, so many at most; return how many."""
    return await remove_first(db, LoginRow, "expires_at", at, limit)
