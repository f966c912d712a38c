"""The page of all accounts, for administrators."""

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import Field

from app.emails import LONGEST_EMAIL
from app.pages.forms import Act, Form, act, read_form
from app.pages.notices import Notice
from app.pages.paths import own_path
from app.pages.rendering import go, page
from app.pages.signing_out import SIGN_OUT
from app.pages.visitors import Admin, SignedInVisitor, require_admin
from app.records import LoginCaller
from app.schemas import Sent, Text, UserChange
from app.scopes import AUTHENTICATED, SUPER
from app.services import administration
from app.settings import settings
from app.store import users as stored_users
from app.store.database import transaction

router = APIRouter(include_in_schema=False)

PER_PAGE = 20


class Search(Sent):
    email: Annotated[Text, Field(max_length=LONGEST_EMAIL)] = ""
    cursor: Text | None = None


class ChosenUser(Sent):
    user_id: UUID


@router.get("/admin/users")
async def users(request: Request, visitor: Admin) -> Response:
    return await show(request, visitor, Form())


async def admin_or_leaving(request: Request, visitor: SignedInVisitor) -> LoginCaller:
    """Whoever is no administrator any more may still use the button to sign out."""
    is_leaving = (await read_form(request)).name in SIGN_OUT
    return visitor if is_leaving else await require_admin(visitor)


@router.post("/admin/users")
async def act_on_user(
    request: Request, visitor: Annotated[LoginCaller, Depends(admin_or_leaving)]
) -> Response:
    return await act(request, visitor, ACTS, show)


async def show(request: Request, caller: LoginCaller, form: Form) -> Response:
    asked = Form(sent=tuple(request.query_params.multi_items())).fill(Search)
    async with transaction() as db:
        found = await administration.list_users(db, asked.email, asked.cursor, PER_PAGE)
    older = {"email": asked.email, "cursor": found.next_cursor}
    return page(
        request,
        "users.html",
        form,
        caller=caller,
        users=found.items,
        email=asked.email,
        older=urlencode(older) if found.next_cursor else None,
        scopes=[scope for scope in settings.all_scopes if scope != AUTHENTICATED],
        caller_is_super=caller.may(SUPER),
    )


async def change_scopes(request: Request, caller: LoginCaller, form: Form) -> Response:
    """Give what was ticked and take what was cleared; the rest of the scopes stays."""
    user_id = form.fill(ChosenUser).user_id
    ticked = set(changes_of(scopes=form.all("scopes"))["scopes"])
    async with administration.changing(caller, user_id) as db:
        # Nobody changes scopes now, until this is done.
        await stored_users.lock_active_supers(db)
        held = set((await administration.get_user(db, user_id)).scopes)
        shown = set(form["before"].split()) if form.all("before") else held
        scopes = held - (shown - ticked) | (ticked - shown)
        await administration.change(db, caller, user_id, {"scopes": scopes})
    return go(own_path(request), Notice.USER_CHANGED)


async def change_activity(
    request: Request, caller: LoginCaller, form: Form
) -> Response:
    user_id = form.fill(ChosenUser).user_id
    changes = changes_of(is_active=form["is_active"])
    await administration.change_user(caller, user_id, changes)
    return go(own_path(request), Notice.USER_CHANGED)


def changes_of(**wanted: object) -> dict[str, Any]:
    """Return what the form asks for, or raise `Unfit`."""
    return Form().fill(UserChange, **wanted).model_dump(exclude_unset=True)


async def end_logins(request: Request, caller: LoginCaller, form: Form) -> Response:
    user_id = form.fill(ChosenUser).user_id
    await administration.end_logins(caller, user_id)
    return go(own_path(request), Notice.USER_SIGNED_OUT)


# By the name of the form that asks for it.
ACTS: dict[str, Act] = {
    "scopes": change_scopes,
    "activity": change_activity,
    "end-logins": end_logins,
    **SIGN_OUT,
}
