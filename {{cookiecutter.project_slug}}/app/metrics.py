"""What operators count and time, for Prometheus: `/metrics`, if `METRICS_ENABLED`.

No label holds what a client made up, or anybody could add series without end.
"""

import time

from fastapi import FastAPI
from fastapi.responses import Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.passwords import cores
from app.store.database import connections_in_use, most_connections

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

# They would double the number of series.
disable_created_metrics()  # type: ignore[no-untyped-call]

REQUESTS = Histogram(
    "http_request_duration_seconds",
    "How long requests take; their count is how many there were.",
    ["method", "route", "status"],
)
SIGN_INS = Counter(
    "sign_ins", "Sign-ins by their outcome: signed_in, or why not.", ["outcome"]
)
HASHING = Gauge("password_hashes_running", "Password hashes being computed.")
WAITING = Gauge("password_hashes_waiting", "Password hashes that wait for a core.")
IN_USE = Gauge("database_connections_in_use", "Connections that do something.")
MOST = Gauge("database_connections_max", "Connections that there may be at most.")

HASHING.set_function(lambda: cores.statistics().borrowed_tokens)
WAITING.set_function(lambda: cores.statistics().tasks_waiting)
IN_USE.set_function(connections_in_use)
MOST.set_function(most_connections)


class MeasuredRequests:
    """Time each request, and count it by its method, its route and its status."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        # Of a request that gets no answer.
        status = 0

        async def send_and_note(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        started = time.perf_counter()
        try:
            await self.app(scope, receive, send_and_note)
        finally:
            labels = method_of(scope), route_of(scope), str(status)
            REQUESTS.labels(*labels).observe(time.perf_counter() - started)


def method_of(scope: Scope) -> str:
    return scope["method"] if scope["method"] in METHODS else "other"


def route_of(scope: Scope) -> str:
    """Return the template of the path, such as `/users/{user_id}`."""
    return getattr(scope.get("route"), "path", "none")


async def show(request: Request) -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def install(app: FastAPI, enabled: bool) -> None:
    if enabled:
        app.add_route("/metrics", show, include_in_schema=False)
        app.add_middleware(MeasuredRequests)
