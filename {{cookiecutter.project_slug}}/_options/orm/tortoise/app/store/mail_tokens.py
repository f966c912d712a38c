"""Tokens that were mailed, each for one purpose and one use."""

from datetime import datetime
from uuid import UUID

from tortoise.queryset import QuerySet

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
    await MailTokenRow.create(
        id=token.id,
        user_id=content.user_id,
        purpose=content.purpose,
        email=content.email,
        secret_hash=token.hash,
        expires_at=expires_at,
        using_db=db,
    )


async def find(
    db: Database, purpose: str, token: Token, at: datetime
) -> MailToken | None:
    """Return what a token is for that is still good, and leave it so."""
    query = _good(db, purpose, token, at).first()
    row = await query.values_list("user_id", "purpose", "email")
    return MailToken(*row) if row else None


async def use(db: Database, purpose: str, token: Token, at: datetime) -> bool:
    """End a token that is still good; of those who try at the same time, one succeeds."""
    return await _good(db, purpose, token, at).delete() == 1


def _good(
    db: Database, purpose: str, token: Token, at: datetime
) -> QuerySet[MailTokenRow]:
    return MailTokenRow.filter(
        id=token.id, secret_hash=token.hash, purpose=purpose, expires_at__gt=at
    ).using_db(db)


async def remove(db: Database, user_id: UUID, *purposes: str) -> None:
    """End the user's tokens for these purposes."""
    query = MailTokenRow.filter(user_id=user_id, purpose__in=purposes)
    await query.using_db(db).delete()


async def remove_ended(db: Database, at: datetime, limit: int) -> int:
    """Remove some of what has ended by then, so many at most; return how many."""
    return await remove_first(db, MailTokenRow, "expires_at", at, limit)
