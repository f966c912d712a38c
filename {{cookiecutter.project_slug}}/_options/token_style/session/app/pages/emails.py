"""The pages that links in mails lead to. Only the button behind a link changes anything.

Programs that look for malware open the links of every mail.
"""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.errors import Problem
from app.pages.forms import Form, read_form
from app.pages.notices import Notice
from app.pages.rendering import go, page
from app.schemas import MailedToken
from app.services import email_change, email_verification

router = APIRouter(include_in_schema=False)

VERIFY, CHANGE = "verify_email.html", "confirm_email.html"


@router.get("/verify-email")
async def show_verification(request: Request, token: str = "") -> Response:
    return page(request, VERIFY, Form(sent=(("token", token),)))


@router.post("/verify-email")
async def verify(request: Request, token: str = "") -> Response:
    return await confirm(request, VERIFY, token, email_verification.verify)


@router.get("/confirm-email")
async def show_change(request: Request, token: str = "") -> Response:
    return page(request, CHANGE, Form(sent=(("token", token),)))


@router.post("/confirm-email")
async def change(request: Request, token: str = "") -> Response:
    return await confirm(request, CHANGE, token, email_change.confirm)


async def confirm(
    request: Request, template: str, token: str, use: Callable[[str], Awaitable[None]]
) -> Response:
    form = await read_form(request)
    try:
        await use(form.fill(MailedToken, token=form["token"] or token).token)
    except Problem as problem:
        return page(request, template, form.refused(request, problem))
    return go("/login", Notice.EMAIL_CONFIRMED)
