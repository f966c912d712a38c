"""What time it is: UTC, and aware of it."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)
