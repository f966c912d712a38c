"""Paths that a browser is sent to: never to another site."""

import re
from urllib.parse import quote

from fastapi import Request

from app.settings import settings

# Printable ASCII without a backslash, which browsers read as a slash.
PATH = re.compile(r"/[!-\[\]-~]*")


def local_path(text: str) -> str:
    """Return the path if it is one of this service, or that of the home page.

    Two slashes would start the name of another host (CWE-601).
    """
    path = text.partition("?")[0]
    return text if PATH.fullmatch(text) and "//" not in path else "/"


def own_path(request: Request) -> str:
    """Return the address of the page that was asked for, with its query."""
    path, query = quote(request.url.path), request.url.query
    path = re.sub(rf"^{re.escape(settings.root_path)}(?=/)", "", path)
    return f"{path}?{query}" if query else path


def login_path(request: Request) -> str:
    """Return where to sign in before coming back to this page."""
    return f"/login?next={quote(own_path(request))}"
