"""The page to sign in."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.access.signing_in import sign_in_with_password
from app.errors import Problem
from app.pages.forms import read_form
from app.pages.paths import local_path
from app.pages.rendering import go, page
from app.pages.visitors import only_strangers
from app.schemas import SignInForm

router = APIRouter(include_in_schema=False, dependencies=[only_strangers])


@router.get("/login")
async def show(request: Request) -> Response:
    return page(request, "login.html")


@router.post("/login")
async def sign_in(request: Request, next: str = "") -> Response:  # noqa: A002
    form = await read_form(request)
    try:
        sent = form.fill(SignInForm)
        await sign_in_with_password(request, sent.email, sent.password, sent.remember)
    except Problem as problem:
        return page(request, "login.html", form.refused(request, problem))
    return go(local_path(next))
