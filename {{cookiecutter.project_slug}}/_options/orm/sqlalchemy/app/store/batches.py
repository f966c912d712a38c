"""Rows that are removed a few at a time, so that nobody waits for long."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from app.store.database import Database


async def remove_first(
    db: Database, rows: Any, column: str, at: datetime, limit: int
) -> int:
    """Remove rows whose time in the column has come; return how many.

    It is so many at most, the first of them, and those of the same instant as the last.
    """
    time = getattr(rows, column)
    # Up to an instant, since rows that are listed by their ids may all be read for that.
    last = select(time).where(time <= at).order_by(time).offset(limit - 1).limit(1)
    until = await db.scalar(last) or at
    removed = await db.execute(delete(rows).where(time <= until).returning(rows.id))
    return len(removed.all())
