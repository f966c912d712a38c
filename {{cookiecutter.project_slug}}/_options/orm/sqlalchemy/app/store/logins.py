"""Logins in the database: one row for each device that is signed in."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, select, update

from app.drivers import look_up
from app.records import Login, LoginCaller
from app.store.batches import remove_first
from app.store.database import Database, reader
from app.store.models import LoginRow, UserRow
from app.store.users import COLUMNS as USER_COLUMNS
from app.store.users import as_user

# In the order of the fields of `Login`.
COLUMNS = (
    LoginRow.id,
    LoginRow.user_id,
    LoginRow.secret_hash,
    LoginRow.scopes,
    LoginRow.remembered,
    LoginRow.ip_address,
    LoginRow.user_agent,
    LoginRow.created_at,
    LoginRow.last_seen_at,
    LoginRow.expires_at,
)

# Built once: putting it together takes longer than sending it.
CALLERS = (
    select(*COLUMNS, *USER_COLUMNS)
    .join(UserRow, UserRow.id == LoginRow.user_id)
    .where(
        LoginRow.id.in_(bindparam("login_ids", expanding=True)),
        LoginRow.expires_at > bindparam("at"),
        UserRow.is_active,
    )
)


def as_login(row: Sequence[Any]) -> Login:
    return Login(*row)


def as_caller(row: Sequence[Any]) -> LoginCaller:
    login = as_login(row[: len(COLUMNS)])
    return LoginCaller(as_user(row[len(COLUMNS) :]), login.scopes, login)


async def find_callers(
    login_ids: Collection[UUID], at: datetime
) -> dict[UUID, LoginCaller]:
    """Return active users by their logins that have not ended, in one query of its own."""
    parameters = {"login_ids": list(login_ids), "at": at}
    async with look_up(), reader.connect() as connection:
        rows = (await connection.execute(CALLERS, parameters)).all()
    return {row[0]: as_caller(row) for row in rows}


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
