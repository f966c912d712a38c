"""Accounts in the database."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import attrgetter
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q

from app.clock import now
from app.drivers import is_duplicate
from app.errors import EmailTaken
from app.paging import Position
from app.records import Credentials, User, names_of
from app.scopes import SUPER
from app.store.database import LOCK, Database
from app.store.models import UserRow

# The lock of who changes that. The number is any, the same for every process.
WHO_IS_SUPER = 7403258912

COLUMNS = names_of(User)


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
    new = UserRow(email=email, password_hash=password_hash, name=name, scopes=scopes)
    await UserRow.bulk_create([new], ignore_conflicts=True, using_db=db)
    return await get(db, new.id)


async def get(db: Database, user_id: UUID) -> User | None:
    query = UserRow.filter(id=user_id).using_db(db)
    row = await query.first().values_list(*COLUMNS)
    return as_user(row) if row else None


async def find_by_email(db: Database, email: str) -> User | None:
    query = UserRow.filter(email=email).using_db(db)
    row = await query.first().values_list(*COLUMNS)
    return as_user(row) if row else None


async def find_credentials(db: Database, email: str) -> Credentials | None:
    query = UserRow.filter(email=email).using_db(db)
    row = await query.first().values_list("password_hash", *COLUMNS)
    return as_credentials(row) if row else None


async def lock_credentials(db: Database, user_id: UUID) -> Credentials | None:
    """Return the credentials as they are now; nobody changes them in this transaction."""
    query = UserRow.filter(id=user_id).using_db(db)
    row = await query.select_for_update().first()
    # Only whole rows can be locked: a list of values would come without the lock.
    return as_credentials(attrgetter("password_hash", *COLUMNS)(row)) if row else None


async def list_page(
    db: Database, email_start: str, after: Position | None, limit: int
) -> list[User]:
    """Return accounts, newest first, whose address starts so."""
    query = UserRow.filter(email__startswith=email_start).using_db(db)
    if after:
        at, user_id = after
        query = query.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=user_id))
    query = query.order_by("-created_at", "-id").limit(limit)
    return [as_user(row) for row in await query.values_list(*COLUMNS)]


async def change(db: Database, user_id: UUID, values: Mapping[str, Any]) -> User | None:
    """Set columns of an account and return it, or None if it is gone.

    Raise `EmailTaken` if the new address is another account's.
    """
    query = UserRow.filter(id=user_id).using_db(db)
    with unique_email():
        await query.update(**{"updated_at": now(), **values})
    return await get(db, user_id)


async def remove(db: Database, user_id: UUID) -> None:
    """Remove an account and, by the foreign keys, all that is theirs."""
    await UserRow.filter(id=user_id).using_db(db).delete()


async def lock_active_supers(db: Database) -> list[UUID]:
    """Return who is `super` and active; nobody changes that in this transaction.

    All who change it come here before they lock a row: with the locks of several rows
    two of them could wait for each other.
    """
    await db.execute_query(LOCK[db.capabilities.dialect].format(WHO_IS_SUPER))
    query = UserRow.filter(is_active=True, scopes__contains=SUPER).using_db(db)
    rows = await query.values_list("id", "scopes")
    return [user_id for user_id, scopes in rows if SUPER in scopes]
