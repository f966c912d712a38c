"""Rows that are removed a few at a time, so that nobody waits for long."""

from datetime import datetime
from typing import Any

from app.store.database import Database


async def remove_first(
    db: Database, rows: Any, column: str, at: datetime, limit: int
) -> int:
    """Remove rows whose time in the column has come; return how many.

    It is so many at most, the first of them, and those of the same instant as the last.
    """
    due = rows.filter(**{f"{column}__lte": at}).using_db(db)
    # Up to an instant, since rows that are listed by their ids may all be read for that.
    last = await due.order_by(column).offset(limit - 1).first().values_list(column)
    until = last[0] if last else at
    removed: int = await due.filter(**{f"{column}__lte": until}).delete()
    return removed
