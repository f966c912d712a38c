"""A new API key on its way to the page that shows it, once.

It survives one redirect in a cookie of its own: the database knows only its hash.
"""

from collections.abc import Iterable

from fastapi import Request
from fastapi.responses import Response

from app.access.cookie import SECURE, Cookie
from app.records import ApiKey
from app.services.api_keys import PREFIX
from app.tokens import read_token

# Long enough for any redirect.
SECONDS = 60

cookie = Cookie("new-key", SECURE)


def carry_key(response: Response, key: str) -> None:
    response.headers.append("Set-Cookie", cookie.header(key, SECONDS))


def take_key(request: Request, response: Response) -> None:
    if cookie.name in request.cookies:
        response.headers.append("Set-Cookie", cookie.header("", max_age=0))


def new_key_among(request: Request, keys: Iterable[ApiKey]) -> str | None:
    """Return the key that came with the request, if it is one of these."""
    token = read_token(PREFIX, request.cookies.get(cookie.name, ""))
    if token and any(
        token.id == key.id and token.proves(key.secret_hash) for key in keys
    ):
        return token.text
    return None
