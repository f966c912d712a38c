"""What traces tell. FastAPI makes them, where the environment sets OpenTelemetry up."""

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from app.client import peer_of

KEPT = "query_string_that_is_told_nobody"


class DiscreetApp(FastAPI):
    """An application that looks at a request before any trace or middleware does.

    A trace would tell its query string, which may hold a token, and hides the
    connection from whoever asks who is at its other end.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[KEPT] = scope.pop("query_string", b"")
        if scope["type"] == "http":
            scope["client"] = peer_of(scope, receive)
        await super().__call__(scope, receive, send)


class QueryString:
    """Give back the query string to all that is not the trace."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["query_string"] = scope.pop(KEPT, b"")
        await self.app(scope, receive, send)
