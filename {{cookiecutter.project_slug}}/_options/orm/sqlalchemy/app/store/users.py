"""Accounts in the database."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import (
    String,
    delete,
    select,
    text,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from app.drivers import is_duplicate
from app.errors import EmailTaken
from app.paging import Position
from app.records import Credentials, User, names_of
from app.scopes import SUPER
from app.store.database import LOCK, Database
from app.store.models import UserRow

# The lock of who changes that. The number is any, the same for every process.
WHO_IS_SUPER = 7403258912

# What adds a row if there is none like it is each database's own.
INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}

COLUMNS = tuple(getattr(UserRow, name) for name in names_of(User))


def as_user(row: Sequence[Any]) -> User:
    return User(*row)


def as_credentials(row: Sequence[Any]) -> Credentials:
    return Credentials(as_user(row[1:]), row[0])


@contextmanager
def unique_email() -> Iterator[None]:
    """Raise `EmailTaken` if the database refuses an address because it is another's."""
    try:
        yield
    except IntegrityError as error:
        if is_duplicate(error):
            raise EmailTaken from None
        raise


async def add(
    db: Database,
    email: str,
    password_hash: str,
    name: str | None,
    scopes: tuple[str, ...],
) -> User | None:
    """Add an active account, or return None if the address is taken, after the same work."""
    new = INSERT[db.get_bind().dialect.name](UserRow).values(
        email=email, password_hash=password_hash, name=name, scopes=scopes
    )
    added = new.on_conflict_do_nothing(index_elements=["email"]).returning(*COLUMNS)
    row = (await db.execute(added)).one_or_none()
    return as_user(row) if row else None


async def get(db: Database, user_id: UUID) -> User | None:
    query = select(*COLUMNS).where(UserRow.id == user_id)
    row = (await db.execute(query)).one_or_none()
    return as_user(row) if row else None


async def find_by_email(db: Database, email: str) -> User | None:
    query = select(*COLUMNS).where(UserRow.email == email)
    row = (await db.execute(query)).one_or_none()
    return as_user(row) if row else None


async def find_credentials(db: Database, email: str) -> Credentials | None:
    query = select(UserRow.password_hash, *COLUMNS).where(UserRow.email == email)
    row = (await db.execute(query)).one_or_none()
    return as_credentials(row) if row else None


async def lock_credentials(db: Database, user_id: UUID) -> Credentials | None:
    """Return the credentials as they are now; nobody changes them in this transaction."""
    query = select(UserRow.password_hash, *COLUMNS).where(UserRow.id == user_id)
    row = (await db.execute(query.with_for_update())).one_or_none()
    return as_credentials(row) if row else None


async def list_page(
    db: Database, email_start: str, after: Position | None, limit: int
) -> list[User]:
    """Return accounts, newest first, whose address starts so."""
    query = select(*COLUMNS).where(
        UserRow.email.startswith(email_start, autoescape=True)
    )
    if after:
        query = query.where(tuple_(UserRow.created_at, UserRow.id) < after)
    query = query.order_by(UserRow.created_at.desc(), UserRow.id.desc()).limit(limit)
    return [as_user(row) for row in await db.execute(query)]


async def change(db: Database, user_id: UUID, values: Mapping[str, Any]) -> User | None:
    """Set columns of an account and return it, or None if it is gone.

    Raise `EmailTaken` if the new address is another account's.
    """
    query = update(UserRow).where(UserRow.id == user_id).values(values)
    with unique_email():
        row = (await db.execute(query.returning(*COLUMNS))).one_or_none()
    return as_user(row) if row else None


async def remove(db: Database, user_id: UUID) -> None:
    """Remove an account and, by the foreign keys, all that is theirs."""
    await db.execute(delete(UserRow).where(UserRow.id == user_id))


async def lock_active_supers(db: Database) -> list[UUID]:
    """Return who is `super` and active; nobody changes that in this transaction.

    All who change it come here before they lock a row: with the locks of several rows
    two of them could wait for each other.
    """
    lock = LOCK[db.get_bind().dialect.name].format(WHO_IS_SUPER)
    await db.execute(text(lock))
    query = select(UserRow.id, UserRow.scopes).where(
        UserRow.is_active, type_coerce(UserRow.scopes, String).contains(SUPER)
    )
    rows = await db.execute(query)
    return [user_id for user_id, scopes in rows if SUPER in scopes]
