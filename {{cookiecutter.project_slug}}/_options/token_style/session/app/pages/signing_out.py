"""The button in the head of every page that needs a login."""

from fastapi import Request
from fastapi.responses import Response

from app.access.signing_in import sign_out
from app.pages.forms import Act, Form
from app.pages.notices import Notice
from app.pages.rendering import go
from app.records import LoginCaller


async def leave(request: Request, caller: LoginCaller, form: Form) -> Response:
    await sign_out(request, caller)
    return go("/", Notice.SIGNED_OUT)


SIGN_OUT: dict[str, Act] = {"sign-out": leave}
