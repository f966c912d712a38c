"""Tokens that were mailed, each for one purpose and one use."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, insert, select

from app.records import MailToken
from app.store.batches import remove_first
from app.store.database import Database
from app.store.models import MailTokenRow
from app.tokens import Token


async def replace(
    db: Database, content: MailToken, token: Token, expires_at: datetime
) -> None:
    """Add the token and end an older one of the same user and purpose."""
    await remove(db, content.user_id, content.purpose)
    await db.execute(
        insert(MailTokenRow).values(
            id=token.id,
            user_id=content.user_id,
            purpose=content.purpose,
            email=content.email,
            secret_hash=token.hash,
            expires_at=expires_at,
        )
    )


async def find(
    db: Database, purpose: str, token: Token, at: datetime
) -> MailToken | None:
    """Return what a token is for that is still good, and leave it so."""
    columns = MailTokenRow.user_id, MailTokenRow.purpose, MailTokenRow.email
    query = select(*columns).where(*_is_good(purpose, token, at))
    row = (await db.execute(query)).one_or_none()
    return MailToken(*row) if row else None


async def use(db: Database, purpose: str, token: Token, at: datetime) -> bool:
    """End a token that is still good; of those who try at the same time, one succeeds."""
    query = delete(MailTokenRow).where(*_is_good(purpose, token, at))
    return (await db.execute(query.returning(MailTokenRow.id))).first() is not None


def _is_good(
    purpose: str, token: Token, at: datetime
) -> tuple[ColumnElement[bool], ...]:
    return (
        MailTokenRow.id == token.id,
        MailTokenRow.secret_hash == token.hash,
        MailTokenRow.purpose == purpose,
        MailTokenRow.expires_at > at,
    )


async def remove(db: Database, user_id: UUID, *purposes: str) -> None:
    """End the user's tokens for these purposes."""
    query = delete(MailTokenRow).where(MailTokenRow.user_id == user_id)
    await db.execute(query.where(MailTokenRow.purpose.in_(purposes)))


async def remove_ended(db: Database, at: datetime, limit: int) -> int:
    """Remove some of what has ended by then, so many at most; return how many."""
    return await remove_first(db, MailTokenRow, "expires_at", at, limit)
