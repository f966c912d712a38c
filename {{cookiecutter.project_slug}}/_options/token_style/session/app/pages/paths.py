"""Paths that a browser is sent to: never to another site."""

import re
from urllib.parse import quote

from fastapi import Request

from app.settings import settings

# Printable ASCII without a backslash, which browsers read as a slash.
PATH = re.compile(r"/[!-\[\]-~]*")
# What a browser takes a step up at, in either spelling of a dot.
DOTS = re.compile(r"/(\.|%2e){1,2}(/|$)", re.IGNORECASE)


def local_path(text: str) -> str:
    """Return the path if it is one of this service, or that of the home page.

    Two slashes would start the name of another host (CWE-601), and dots lead out of the
    path that the service is below of.
    """
    path = re.split(r"[?#]", text)[0]
    is_local = PATH.fullmatch(text) and "//" not in path and not DOTS.search(path)
    return text if is_local else "/"


def own_path(request: Request) -> str:
    """Return the address of the page that was asked for, with its query."""
    path, query = quote(request.url.path), request.url.query
    path = re.sub(rf"^{re.escape(settings.root_path)}(?=/)", "", path)
    return f"{path}?{query}" if query else path


def login_path(request: Request) -> str:
    """Return where to sign in before coming back to this page."""
    return f"/login?next={quote(own_path(request))}"
