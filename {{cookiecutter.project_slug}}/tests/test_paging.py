"""Long lists in pages, and the cursor that tells where the next one starts."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest

from app.errors import Invalid
from app.paging import Position, page_of, read_cursor, write_cursor

FIRST: Position = (datetime(2030, 7, 1, 12, 0, 0, 1, tzinfo=UTC), UUID(int=1))


def position_of(number: int) -> Position:
    return FIRST[0] + timedelta(seconds=number), UUID(int=number)


def test_a_cursor_is_read_as_it_was_written() -> None:
    assert read_cursor(write_cursor(FIRST)) == FIRST


def test_a_cursor_is_safe_in_an_address() -> None:
    cursor = write_cursor((datetime.max.replace(tzinfo=UTC), uuid4()))

    assert cursor.replace("-", "").replace("_", "").rstrip("=").isalnum()


def test_a_cursor_of_another_time_zone_is_the_same_instant() -> None:
    at = FIRST[0].astimezone(timezone(timedelta(hours=5, minutes=30)))

    read = read_cursor(write_cursor((at, FIRST[1])))

    assert read == FIRST
    assert read[0].tzinfo is UTC


def test_without_a_cursor_a_list_starts_at_its_start() -> None:
    assert read_cursor(None) is None


def encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "nonsense",
        "é",
        "\ud800",
        "A",
        encoded(""),
        encoded("2030-07-01T12:00:00+00:00"),
        encoded(f"2030-07-01T12:00:00+00:00  {UUID(int=1)}"),
        encoded(f"yesterday {UUID(int=1)}"),
        encoded("2030-07-01T12:00:00+00:00 nobody"),
        encoded(f"0001-01-01T00:00:00+14:00 {UUID(int=1)}"),
        encoded(f"9999-12-31T23:59:59-14:00 {UUID(int=1)}"),
        urlsafe_b64encode(b"\xff\xfe \xff").decode(),
        "A" * 60_000,
    ],
)
def test_a_cursor_that_was_not_handed_out_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid):
        read_cursor(cursor)


@pytest.mark.parametrize(
    ("found", "items", "following"),
    [
        ([], [], None),
        ([1], [1], None),
        ([1, 2], [1, 2], None),
        ([1, 2, 3], [1, 2], position_of(2)),
    ],
)
def test_a_page_ends_with_the_last_item_that_it_has(
    found: list[int], items: list[int], following: Position | None
) -> None:
    page = page_of(found, 2, position_of)

    assert page.items == items
    assert read_cursor(page.next_cursor) == following
