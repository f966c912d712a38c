"""The pages for those who forgot their password."""

from contextlib import suppress
from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.errors import InvalidToken, Problem
from app.pages.forms import Form, read_form
from app.pages.notices import Notice
from app.pages.rendering import go, page
from app.schemas import Address, PasswordReset
from app.services import mail_tokens, passwords
from app.services.mail_tokens import Purpose
from app.store.database import transaction

router = APIRouter(include_in_schema=False)


@router.get("/forgot-password")
async def show_forgot(request: Request) -> Response:
    return page(request, "forgot_password.html")


@router.post("/forgot-password")
async def forgot(request: Request) -> Response:
    form = await read_form(request)
    try:
        passwords.forgot(form.fill(Address).email)
    except Problem as problem:
        return page(request, "forgot_password.html", form.refused(request, problem))
    return go("/login", Notice.RESET_MAILED)


@router.get("/reset-password")
async def show_reset(request: Request, token: str = "") -> Response:
    return await show_reset_form(request, Form(sent=(("token", token),)))


@router.post("/reset-password")
async def reset(request: Request, token: str = "") -> Response:
    form = await read_form(request)
    try:
        sent = form.fill(PasswordReset, token=form["token"] or token)
        await passwords.reset(sent.token, sent.new_password)
    except Problem as problem:
        return await show_reset_form(request, form.refused(request, problem))
    return go("/login", Notice.PASSWORD_RESET)


async def show_reset_form(request: Request, form: Form) -> Response:
    email = await address_of(form["token"])
    if not email:
        # Before anybody thinks of a new password for it.
        why = form.mistakes.get("", InvalidToken.detail)
        form = replace(form, mistakes={"": why})
    return page(request, "reset_password.html", form, email=email)


async def address_of(token: str) -> str:
    """Return whose password a good link is for, and leave it good."""
    with suppress(InvalidToken):
        async with transaction() as db:
            content = await mail_tokens.read(db, Purpose.RESET_PASSWORD, token)
            return content.email
    return ""
