"""Problems as pages, for those who asked for a page."""

import json
from collections.abc import Collection
from typing import Any

from fastapi.responses import HTMLResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import MEDIA_TYPE
from app.pages.accept import wanted
from app.pages.rendering import HEADERS, render
from app.settings import settings


class ProblemPages:
    """Show problems as pages: those of pages, and others to whoever prefers HTML."""

    def __init__(self, app: ASGIApp, paths: Collection[str]) -> None:
        self.app = app
        self.paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            send = ProblemTranslator(scope, send, self.paths)
        await self.app(scope, receive, send)


class ProblemTranslator:
    """Send a problem as a page where that is wanted, and everything else as it is."""

    def __init__(self, scope: Scope, send: Send, paths: Collection[str]) -> None:
        self.scope = scope
        self.send = send
        self.paths = paths
        self.start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if is_problem(message) and self.wants_page():
            # Held back until the problem is known, which comes in one piece.
            self.start = message
        elif self.start is None:
            await self.send(message)
        else:
            await self.send_page(self.start, json.loads(message["body"]))

    def wants_page(self) -> bool:
        """Whether HTML is asked for before JSON, or a page by whoever takes both."""
        html, json = wanted(Headers(scope=self.scope))
        path = self.scope["path"].removeprefix(settings.root_path)
        is_page = self.scope["method"] == "GET" and path in self.paths
        return html > json or (is_page and html == json)

    async def send_page(self, start: Message, problem: dict[str, Any]) -> None:
        request_id = self.scope["state"]["request_id"]
        html = render("problem.html", problem=problem, request_id=request_id)
        page = HTMLResponse(html, problem["status"], HEADERS)
        headers = MutableHeaders(scope=start)
        headers.update(page.headers)
        await self.send(start)
        await self.send({"type": "http.response.body", "body": page.body})


def is_problem(message: Message) -> bool:
    return (
        message["type"] == "http.response.start"
        and message["status"] >= 400
        and Headers(scope=message).get("content-type") == MEDIA_TYPE
    )
