"""Who is calling: told by the cookie that comes with the request."""

from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.openapi.models import APIKey, APIKeyIn
from fastapi.security.base import SecurityBase

from app.access import session
from app.access.cookie import cookie
from app.errors import InsufficientScope, InteractiveLoginRequired
from app.middleware import refuse_announced
from app.openapi import API_KEY_HEADER
from app.records import Caller, LoginCaller
from app.services import api_keys


class CookieScheme(SecurityBase):
    """Find the caller; the OpenAPI document tells clients what to carry."""

    scheme_name = "session"

    def __init__(self) -> None:
        self.model = APIKey.model_validate({"in": APIKeyIn.cookie, "name": cookie.name})

    async def __call__(self, request: Request) -> Caller:
        caller = await find_caller(request)
        refuse_announced(request.headers)
        return caller


async def find_caller(request: Request) -> Caller:
    key = request.headers.get(API_KEY_HEADER)
    if key is not None:
        # A program says so itself; the cookie that a browser adds says nothing.
        return await api_keys.find_caller(key)
    return await session.caller_of(request)


current_caller = CookieScheme()
SignedIn = Annotated[Caller, Security(current_caller)]


async def check_by_login(caller: SignedIn) -> LoginCaller:
    if not isinstance(caller, LoginCaller):
        raise InteractiveLoginRequired
    return caller


# For what asks for a password, or manages logins and API keys.
ByLogin = Annotated[LoginCaller, Depends(check_by_login)]


def requires(scope: str) -> Any:
    """Return a dependency that lets through only who has the scope, now and by the session."""

    async def check(caller: SignedIn) -> Caller:
        if not caller.may(scope):
            raise InsufficientScope(scope)
        return caller

    return Depends(check)
