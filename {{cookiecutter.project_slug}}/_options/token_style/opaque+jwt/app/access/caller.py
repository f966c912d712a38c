"""Who is calling: told by the bearer token that comes with the request."""

from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.openapi.models import OAuth2, OAuthFlowPassword, OAuthFlows
from fastapi.security.base import SecurityBase

from app.access import credential
from app.access.bearer import BadKey, api_key, bearer_token
from app.errors import InsufficientScope, InteractiveLoginRequired, NotSignedIn
from app.middleware import refuse_announced
from app.records import Caller, LoginCaller
from app.services import api_keys
from app.settings import settings

TOKEN_URL = settings.root_path + "/auth/token"


class BearerScheme(SecurityBase):
    """Find the caller; the OpenAPI document tells clients how to become one."""

    scheme_name = "password"

    def __init__(self) -> None:
        scopes = dict.fromkeys(settings.all_scopes, "")
        flow = OAuthFlowPassword(tokenUrl=TOKEN_URL, scopes=scopes)
        self.model = OAuth2(flows=OAuthFlows(password=flow))

    async def __call__(self, request: Request) -> Caller:
        caller = await find_caller(request)
        refuse_announced(request.headers)
        return caller


async def find_caller(request: Request) -> Caller:
    key = api_key(request)
    if key is None:
        return await credential.find_caller(bearer_token(request))
    try:
        return await api_keys.find_caller(key)
    except NotSignedIn:
        raise BadKey from None


current_caller = BearerScheme()
SignedIn = Annotated[Caller, Security(current_caller)]


async def check_by_login(caller: SignedIn) -> LoginCaller:
    if not isinstance(caller, LoginCaller):
        raise InteractiveLoginRequired
    return caller


# For what asks for a password, or manages logins and API keys.
ByLogin = Annotated[LoginCaller, Depends(check_by_login)]


def requires(scope: str) -> Any:
    """Return a dependency that lets through only who has the scope, now and by the token."""

    async def check(caller: SignedIn) -> Caller:
        if not caller.may(scope):
            raise InsufficientScope(scope)
        return caller

    return Depends(check)
