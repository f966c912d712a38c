"""What nobody caught: told to the log in full, and to the client in general."""

import logging
from asyncio import CancelledError

from starlette.types import Scope

from app.drivers import is_away, root_of
from app.errors import InternalError, Problem, Unavailable

logger = logging.getLogger(__name__)


def problem_of(error: BaseException, scope: Scope) -> Problem:
    """Log the error and return what the client is told.

    While the database is away that is to try again; hundreds of requests say so in
    a line each, without hundreds of tracebacks.
    """
    if isinstance(error, CancelledError):
        # The server stops, and has waited for long enough: another one may answer.
        return Unavailable()
    away = is_away(error)
    logger.error(
        # The path alone: a query string may hold a token.
        "%s %s failed%s, request id %s",
        scope["method"],
        scope["path"],
        f" while the database is away ({root_of(error)})" if away else "",
        scope["state"]["request_id"],
        exc_info=None if away else error,
    )
    return Unavailable() if away else InternalError()
