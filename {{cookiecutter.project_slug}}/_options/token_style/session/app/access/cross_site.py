"""Refuse what another site makes a browser send, which would carry the cookie."""

from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from fastapi import status
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import Problem, answer
from app.settings import ANY_ORIGIN, settings

# RFC 9110 §9.2.1: these change nothing.
SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}
# `none` is what a person does: a bookmark, an address typed in.
OWN_SITES = {"same-origin", "none"}
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class CrossSiteRequest(Problem):
    status = status.HTTP_403_FORBIDDEN
    code = "cross_site_request"
    detail = "This must come from the service's own site."


def require_named_origins(origins: Sequence[str]) -> None:
    """Stop the start where any page that somebody looks at could read what is theirs."""
    if ANY_ORIGIN in origins:
        raise SystemExit("CORS_ORIGINS: name each origin; with cookies * is too many")


class SameOriginOnly:
    """Let through what changes something only if it comes from the service itself.

    Sign-in and registration too, or a stranger could sign a victim in to an
    account of the stranger's. It comes before everything else, so that a forged
    sign-in does not count against the victim's attempts.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and is_cross_site(scope):
            await answer(CrossSiteRequest())(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def is_cross_site(scope: Scope) -> bool:
    """Whether another site sent it: told by the browser, whose word no page can change."""
    if scope["method"] in SAFE_METHODS:
        return False
    headers = Headers(scope=scope)
    if sites := headers.getlist("sec-fetch-site"):
        return not OWN_SITES.issuperset(sites)
    # Older browsers send the origin; what sends neither is no browser.
    return not own_origins(scope, headers).issuperset(headers.getlist("origin"))


def own_origins(scope: Scope, headers: Headers) -> set[str]:
    """Return what the service may be called by those who reach it.

    In development that is any name that it answers to, such as localhost and
    127.0.0.1. In production it is the one name: behind a proxy the scheme of a
    request may be http, and so a page forged over plain HTTP would pass.
    """
    own = {origin_of(settings.public_url)}
    if not settings.in_production:
        # What no address can have as its host is nobody's origin.
        with suppress(ValueError):
            own.add(origin_of(f"{scope['scheme']}://{headers.get('host', '')}"))
    return own


def origin_of(url: str) -> str:
    """Return the origin as browsers write it: no path, no default port (RFC 6454 §6.2)."""
    parts = urlsplit(url.lower())
    host = parts.netloc.rpartition("@")[2].removesuffix(DEFAULT_PORTS[parts.scheme])
    return f"{parts.scheme}://{host}"
