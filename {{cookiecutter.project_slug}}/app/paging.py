"""Long lists in pages: where a page ends is told as a cursor."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from app.errors import Invalid
from app.records import Page

# The time and the id of the last item that was seen; newest come first.
Position = tuple[datetime, UUID]
Item = TypeVar("Item")


def write_cursor(position: Position) -> str:
    at, item_id = position
    return urlsafe_b64encode(f"{at.isoformat()} {item_id}".encode()).decode()


def read_cursor(cursor: str | None) -> Position | None:
    """Return what `write_cursor` wrote, or raise `Invalid`."""
    if cursor is None:
        return None
    try:
        at, item_id = urlsafe_b64decode(cursor).decode().split(" ")
        return datetime.fromisoformat(at).astimezone(UTC), UUID(item_id)
    except (ValueError, OverflowError):
        raise Invalid(
            "The cursor is not one that was handed out.", ("query", "cursor")
        ) from None


def page_of(
    found: list[Item], limit: int, position: Callable[[Item], Position]
) -> Page[Item]:
    """Make a page of a list that was asked for with one item more than the limit."""
    items = found[:limit]
    more = len(found) > limit
    return Page(items, write_cursor(position(items[-1])) if more else None)
