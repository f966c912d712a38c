"""The page to register an account."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.errors import Problem
from app.pages.forms import read_form
from app.pages.notices import Notice
from app.pages.rendering import go, page
from app.pages.visitors import only_strangers
from app.schemas import Registration
from app.services import accounts
from app.settings import settings

router = APIRouter(include_in_schema=False, dependencies=[only_strangers])


@router.get("/register")
async def show(request: Request) -> Response:
    return page(request, "register.html")


@router.post("/register")
async def register(request: Request) -> Response:
    form = await read_form(request)
    try:
        sent = form.fill(Registration)
        await register_account(sent)
    except Problem as problem:
        return page(request, "register.html", form.refused(request, problem))
    return go("/login", Notice.REGISTERED)


async def register_account(sent: Registration) -> None:
    # Whoever hides which addresses have accounts gets the same page for each.
    register = (
        accounts.register_in_secret
        if settings.hide_registered_emails
        else accounts.register
    )
    await register(sent.email, sent.password, sent.name)
