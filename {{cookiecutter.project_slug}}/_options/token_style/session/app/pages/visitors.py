"""Who looks at a page: a stranger, or somebody who is signed in."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response

from app.access import session
from app.errors import InsufficientScope, NotSignedIn
from app.pages.notices import Notice
from app.pages.paths import login_path
from app.pages.rendering import go
from app.records import LoginCaller
from app.scopes import ADMIN


class Detour(Exception):
    """This page is not for whoever asks for it: another one comes first."""

    def __init__(self, path: str, notice: Notice | None = None) -> None:
        self.path = path
        self.notice = notice


async def take_detour(request: Request, detour: Exception) -> Response:
    assert isinstance(detour, Detour)
    return go(detour.path, detour.notice)


async def find_visitor(request: Request) -> LoginCaller | None:
    """Return who is signed in. A program with an API key is a stranger to the pages."""
    try:
        return await session.caller_of(request)
    except NotSignedIn:
        return None


Visitor = Annotated[LoginCaller | None, Depends(find_visitor)]


async def require_login(request: Request, visitor: Visitor) -> LoginCaller:
    if visitor is None:
        was_sent = request.method == "POST"
        raise Detour(login_path(request), Notice.NOT_DONE if was_sent else None)
    return visitor


SignedInVisitor = Annotated[LoginCaller, Depends(require_login)]


async def require_admin(visitor: SignedInVisitor) -> LoginCaller:
    if not visitor.may(ADMIN):
        raise InsufficientScope(ADMIN)
    return visitor


Admin = Annotated[LoginCaller, Depends(require_admin)]


async def require_stranger(visitor: Visitor) -> None:
    if visitor is not None:
        raise Detour("/")


only_strangers = Depends(require_stranger)
