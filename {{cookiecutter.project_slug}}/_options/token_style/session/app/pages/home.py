"""The home page."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.pages.forms import Form, act
from app.pages.rendering import page
from app.pages.signing_out import SIGN_OUT
from app.pages.visitors import SignedInVisitor, Visitor
from app.records import LoginCaller

router = APIRouter(include_in_schema=False)


@router.get("/")
async def home(request: Request, visitor: Visitor) -> Response:
    return await show(request, visitor, Form())


@router.post("/")
async def act_at_home(request: Request, visitor: SignedInVisitor) -> Response:
    return await act(request, visitor, SIGN_OUT, show)


async def show(request: Request, caller: LoginCaller | None, form: Form) -> Response:
    return page(request, "home.html", form, caller=caller)
