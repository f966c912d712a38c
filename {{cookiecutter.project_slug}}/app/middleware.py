"""What every request and every answer goes through, as pure ASGI."""

import re
import secrets
import sys
from asyncio import CancelledError

from fastapi import status
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import context
from app.drivers import why_not
from app.errors import answer
from app.failures import problem_of
from app.later import waited_for
from app.settings import settings

LARGEST_BODY = 64 * 1024
# What keeps browsers careful.
CAREFUL = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    # Answers are about the caller.
    (b"cache-control", b"no-store"),
)
# For a year, and of this host alone: what else is below its name may not be ours.
HTTPS_ALONE = ((b"strict-transport-security", b"max-age=31536000"),)
REQUEST_ID = re.compile(rb"[A-Za-z0-9_.-]{1,128}")


class AnswerHeaders:
    """Give every answer its request id and the headers that keep browsers careful."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = scope.setdefault("state", {})["request_id"] = request_id_of(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = (b"x-request-id", request_id.encode())
                https_alone = HTTPS_ALONE if settings.in_production else ()
                sent = message.get("headers", ())
                names = {name for name, _ in sent}
                # What may be kept, or passed on, says so itself.
                ours = [
                    it for it in (own, *CAREFUL, *https_alone) if it[0] not in names
                ]
                message = {**message, "headers": [*sent, *ours]}
            await send(message)

        token = context.current.set(scope)
        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            context.current.reset(token)


def request_id_of(scope: Scope) -> str:
    """Return the client's request id, or a new one if it sent none that is safe to log."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and REQUEST_ID.fullmatch(value):
            return str(value, "ascii")
    return secrets.token_hex(16)


class PlainRefusal:
    """Let the server say why the service does not start: the reason, not a traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_reason(message: Message) -> None:
            # The message that a start failed is sent while its cause passes through.
            if reason := reason_of(sys.exception()):
                message = {**message, "message": reason}
            await send(message)

        plain = send_reason if scope["type"] == "lifespan" else send
        await self.app(scope, receive, plain)


def reason_of(error: BaseException | None) -> str | None:
    """Return why the service does not start, if that is not a mistake of ours."""
    return str(error) if isinstance(error, SystemExit) else why_not(error)


class ServerErrors:
    """Answer what nobody caught with a 500 or 503 that passes through the layers around."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        with waited_for():
            try:
                await self.app(scope, receive, send_and_note)
            except (Exception, CancelledError) as error:
                problem = problem_of(error, scope)
                if started:
                    raise
                await answer(problem)(scope, receive, send)


class BodyLimit:
    """Refuse a body over 64 KiB before it is read whole.

    The refusal comes when the body is first asked for, so that who is calling
    is settled before.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        received = 0

        async def receive_within_limit() -> Message:
            nonlocal received
            refuse_announced(Headers(scope=scope))
            message = await receive()
            received += len(message.get("body", b""))
            refuse_over_limit(received)
            return message

        await self.app(scope, receive_within_limit, send)


def refuse_announced(headers: Headers) -> None:
    """Refuse a body that is said to be too large, also where nobody would read it."""
    announced = headers.get("content-length", "0")
    refuse_over_limit(int(announced) if announced.isdecimal() else 0)


def refuse_over_limit(length: int) -> None:
    if length > LARGEST_BODY:
        raise HTTPException(
            status.HTTP_413_CONTENT_TOO_LARGE, "The body is over 64 KiB."
        )
