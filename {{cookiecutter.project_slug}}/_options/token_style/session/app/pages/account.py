"""The page of one's own account."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.access import signing_in
from app.access.cookie import delete_cookie
from app.pages.forms import Act, Form, act
from app.pages.new_key import carry_key, new_key_among, take_key
from app.pages.notices import Notice
from app.pages.rendering import go, page
from app.pages.signing_out import SIGN_OUT
from app.pages.visitors import SignedInVisitor
from app.records import LoginCaller
from app.schemas import (
    CurrentPassword,
    EmailChange,
    NewApiKey,
    PasswordChange,
    ProfileChange,
    Sent,
)
from app.scopes import AUTHENTICATED
from app.services import (
    accounts,
    api_keys,
    email_change,
    email_verification,
    events,
    logins,
)
from app.settings import settings
from app.store.database import transaction

router = APIRouter(include_in_schema=False)

EVENTS_SHOWN = 10
DAY = 24 * 60 * 60
LIFETIMES = {"30 days": 30 * DAY, "90 days": 90 * DAY, "1 year": 365 * DAY}


class ChosenLogin(Sent):
    login_id: UUID


class ChosenKey(Sent):
    key_id: UUID


@router.get("/account")
async def account(request: Request, visitor: SignedInVisitor) -> Response:
    return await show(request, visitor, Form())


@router.post("/account")
async def act_on_account(request: Request, visitor: SignedInVisitor) -> Response:
    return await act(request, visitor, ACTS, show)


async def show(request: Request, caller: LoginCaller, form: Form) -> Response:
    content = await content_of(caller)
    blank = {name: Form(name) for name in ACTS}
    filled_in = {
        "profile": Form("profile", (("name", caller.user.name or ""),)),
        "create-key": Form("create-key", (("expires_in", f"{90 * DAY}"),)),
    }
    response = page(
        request,
        "account.html",
        form,
        caller=caller,
        forms=blank | filled_in | {form.name: form},
        new_key=new_key_among(request, content["keys"]),
        scopes=grantable(caller),
        lifetimes=LIFETIMES,
        event_days=settings.event_days,
        **content,
    )
    take_key(request, response)
    return response


async def content_of(caller: LoginCaller) -> dict[str, Any]:
    async with transaction() as db:
        recent = await events.list_events(db, caller.user.id, None, None, EVENTS_SHOWN)
        return {
            "logins": await logins.list_of(db, caller),
            "keys": await api_keys.list_of(db, caller),
            "events": recent.items,
        }


def grantable(caller: LoginCaller) -> list[str]:
    """Return what a key may be granted, beside what every key is."""
    return [s for s in settings.all_scopes if s != AUTHENTICATED and caller.may(s)]


async def rename(request: Request, caller: LoginCaller, form: Form) -> Response:
    sent = form.fill(ProfileChange)
    async with transaction() as db:
        await accounts.rename(db, caller, sent.name)
    return go("/account", Notice.SAVED)


async def verify_email(request: Request, caller: LoginCaller, form: Form) -> Response:
    email_verification.resend(caller.user.email)
    return go("/account", Notice.LINK_MAILED)


async def change_email(request: Request, caller: LoginCaller, form: Form) -> Response:
    sent = form.fill(EmailChange)
    await email_change.request(caller, sent.new_email, sent.current_password)
    return go("/account", Notice.EMAIL_CHANGE_MAILED)


async def change_password(
    request: Request, caller: LoginCaller, form: Form
) -> Response:
    sent = form.fill(PasswordChange)
    await signing_in.change_password(
        request, caller, sent.current_password, sent.new_password
    )
    return go("/account", Notice.PASSWORD_CHANGED)


async def end_login(request: Request, caller: LoginCaller, form: Form) -> Response:
    sent = form.fill(ChosenLogin)
    async with transaction() as db:
        await logins.end(db, caller, sent.login_id)
    return go("/account", Notice.LOGIN_ENDED)


async def end_other_logins(
    request: Request, caller: LoginCaller, form: Form
) -> Response:
    async with transaction() as db:
        await logins.end_others(db, caller)
    return go("/account", Notice.LOGINS_ENDED)


async def create_key(request: Request, caller: LoginCaller, form: Form) -> Response:
    sent = form.fill(NewApiKey, scopes=[AUTHENTICATED, *form.all("scopes")])
    async with transaction() as db:
        _, key = await api_keys.create(
            db, caller, sent.name, sent.scopes, sent.expires_in
        )
    response = go("/account")
    carry_key(response, key)
    return response


async def end_key(request: Request, caller: LoginCaller, form: Form) -> Response:
    sent = form.fill(ChosenKey)
    async with transaction() as db:
        await api_keys.remove(db, caller, sent.key_id)
    return go("/account", Notice.KEY_ENDED)


async def delete(request: Request, caller: LoginCaller, form: Form) -> Response:
    sent = form.fill(CurrentPassword)
    await accounts.delete(caller, sent.current_password)
    delete_cookie(request)
    return go("/", Notice.ACCOUNT_DELETED)


# By the name of the form that asks for it.
ACTS: dict[str, Act] = {
    "profile": rename,
    "verify": verify_email,
    "email": change_email,
    "password": change_password,
    "end-login": end_login,
    "end-other-logins": end_other_logins,
    "create-key": create_key,
    "end-key": end_key,
    "delete": delete,
    **SIGN_OUT,
}
