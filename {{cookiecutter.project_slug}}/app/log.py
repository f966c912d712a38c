"""The log, on standard error: one line for each record, whatever was sent."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from app import context
from app.settings import settings

# The server has set these up by the time it reads this app.
OF_THE_SERVER = ("uvicorn", "uvicorn.access")


class Lines(logging.Formatter):
    """Readable in development, one JSON object a line in production.

    Nothing that was sent passes for a line of its own (ASVS 16.4.1).
    """

    def format(self, record: logging.LogRecord) -> str:
        told = told_by(record)
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        if settings.in_production:
            # Plain ASCII: nothing in it ends a line or moves a cursor.
            return json.dumps(told, default=as_text)
        return readable(**told)


def told_by(record: logging.LogRecord) -> dict[str, Any]:
    """Return what a record tells, with the event that an audit record is about."""
    told = {
        "at": as_text(datetime.fromtimestamp(record.created, UTC)),
        "level": record.levelname,
        "logger": record.name,
        "request_id": context.request_id(),
        "message": record.getMessage(),
    }
    if hasattr(record, "event"):
        told["event"] = record.event
    return told


def readable(
    at: str,
    level: str,
    logger: str,
    request_id: str | None,
    message: str,
    exception: str = "",
    event: object = None,
) -> str:
    line = f"{at} {level} {logger} {request_id or '-'}: {message}"
    if event is not None:
        line += f" {json.dumps(event, default=as_text)}"
    # Further lines start with blanks, as no record does.
    lines = [*line.splitlines(), *exception.splitlines()]
    return "\n    ".join(map(printable, lines))


def printable(line: str) -> str:
    """Spell out what would move the cursor, colour a terminal or turn the text around."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in line)


def as_text(value: object) -> str:
    """Return times as RFC 3339 in UTC, and whatever JSON has no word for as text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
    return str(value)


class WithoutQuery(logging.Filter):
    """Cut the query string off a line of the server's, since it may hold a token.

    Requests are told by one logger, and those for WebSockets by another.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        args = record.args
        record.args = (
            tuple(map(without_query, args)) if isinstance(args, tuple) else args
        )
        return True


def without_query(told: object) -> object:
    return told.partition("?")[0] if isinstance(told, str) else told


def install() -> None:
    """Log from INFO on what the service and its server tell, and warnings of libraries."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    logging.getLogger().addHandler(handler)
    for name in ("app", "audit"):
        logging.getLogger(name).setLevel(logging.INFO)
    for logger in map(logging.getLogger, OF_THE_SERVER):
        # One without a handler may be meant to be silent, as by --no-access-log.
        logger.propagate = logger.propagate or bool(logger.handlers)
        logger.handlers.clear()
    for name in ("uvicorn.access", "uvicorn.error"):
        logging.getLogger(name).addFilter(WithoutQuery())
