"""What traces tell. FastAPI makes them, where the environment sets OpenTelemetry up."""

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

KEPT = "query_string_that_is_told_nobody"


class DiscreetApp(FastAPI):
    """An application whose traces have no query strings: they may hold a token.

    A request is written down before any middleware sees it.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[KEPT] = scope.pop("query_string", b"")
        await super().__call__(scope, receive, send)


class QueryString:
    """Give back the query string to all that is not the trace."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["query_string"] = scope.pop(KEPT, b"")
        await self.app(scope, receive, send)
