"""The endpoints of OAuth 2.0: get a token, give it back, and ask what it is worth."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from app.access.credential import TokenAnswer
from app.access.grants import GRANTS, PARAMETERS
from app.access.introspection import Introspection, find_asker, introspect
from app.access.oauth import FORM, OAuthError, OAuthRoute, read_form, required
from app.access.revocation import revoke
from app.records import KeyCaller


class ErrorAnswer(BaseModel):
    """An error answer of RFC 6749 §5.2."""

    error: str
    error_description: str


router = APIRouter(
    prefix="/auth",
    tags=["oauth"],
    route_class=OAuthRoute,
    responses={"4XX": {"model": ErrorAnswer, "description": "RFC 6749 §5.2"}},
)


def form(*required: str, **properties: Any) -> dict[str, Any]:
    """Return the OpenAPI description of a form and the parameters that it must have."""
    schema = {"type": "object", "required": required, "properties": properties}
    return {"requestBody": {"required": True, "content": {FORM: {"schema": schema}}}}


Asker = Annotated[KeyCaller, Depends(find_asker)]

TEXT = {"type": "string"}
GRANT = {"type": "string", "enum": list(GRANTS)}
TOKEN_REQUEST = form("grant_type", grant_type=GRANT, **dict.fromkeys(PARAMETERS, TEXT))
A_TOKEN = form("token", token=TEXT, token_type_hint=TEXT)


@router.post("/token", openapi_extra=TOKEN_REQUEST)
async def token(request: Request) -> TokenAnswer:
    """The token endpoint of RFC 6749 §3.2."""
    sent = await read_form(request)
    grant = GRANTS.get(required(sent, "grant_type"))
    if grant is None:
        raise OAuthError("unsupported_grant_type", f"Use one of {', '.join(GRANTS)}.")
    return await grant(sent)


@router.post("/revoke", openapi_extra=A_TOKEN, response_class=Response)
async def revoke_token(request: Request) -> Response:
    """End the login that a token is of: RFC 7009. An unknown token is fine, too."""
    sent = await read_form(request)
    # The hint is not needed: every token shows what it is.
    await revoke(required(sent, "token"))
    return Response()


@router.post("/introspect", openapi_extra=A_TOKEN, response_model_exclude_unset=True)
async def introspect_token(request: Request, asker: Asker) -> Introspection:
    """Tell another service what an access token is worth now: RFC 7662."""
    sent = await read_form(request)
    return await introspect(required(sent, "token"))
