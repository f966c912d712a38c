"""The session cookie: its name, its flags, and how it gets into an answer."""

from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.settings import settings


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie for this host alone, out of reach for scripts and for posts of other sites."""

    plain_name: str
    secure: bool

    @property
    def name(self) -> str:
        # With the prefix, browsers take no cookie of this name from a sibling
        # domain or over plain HTTP (RFC 6265bis §4.1.3.2).
        return f"__Host-{self.plain_name}" if self.secure else self.plain_name

    def header(self, value: str, max_age: int | None = None) -> str:
        """Return a `Set-Cookie` header; without an age, in seconds, it ends with the browser.

        The framework's own deletes a cookie without `Secure`, which browsers ignore
        for one with the prefix: here deleting is an age of 0, with the same flags.
        """
        flags = ["Path=/", "HttpOnly", "SameSite=Lax"]
        if self.secure:
            flags.append("Secure")
        if max_age is not None:
            flags.append(f"Max-Age={max_age}")
        return "; ".join([f"{self.name}={value}", *flags])


# Production is always https; only development over plain HTTP goes without.
SECURE = settings.public_url.startswith("https://")
cookie = Cookie("session", SECURE)


def read_cookie(request: Request) -> str | None:
    return request.cookies.get(cookie.name)


def set_cookie(request: Request, value: str, max_age: int | None) -> None:
    """Send the value with the answer to this request, whatever that will be."""
    request.state.set_cookie = cookie.header(value, max_age)


def delete_cookie(request: Request) -> None:
    request.state.set_cookie = cookie.header("", max_age=0)


class CookieInAnswers:
    """Add the cookie that was decided on to the answer, also when that is an error.

    A value that was replaced is worth nothing any more, so its successor must
    not get lost because something else went wrong.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                decided = scope["state"].get("set_cookie")
                if decided is not None:
                    MutableHeaders(scope=message).append("Set-Cookie", decided)
            await send(message)

        await self.app(scope, receive, send_with_cookie)
