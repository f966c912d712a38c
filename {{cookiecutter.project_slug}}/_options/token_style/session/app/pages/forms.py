"""What people typed into a form, and what is wrong with it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from fastapi import Request, status
from fastapi.responses import Response
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

from app.access import session
from app.errors import (
    EmailNotVerified,
    EmailTaken,
    InsufficientScope,
    Invalid,
    InvalidCredentials,
    NotSignedIn,
    Problem,
    TooManyAttempts,
    WeakPassword,
    WrongPassword,
)
from app.pages.accept import wanted
from app.records import LoginCaller

Schema = TypeVar("Schema", bound=BaseModel)

MEDIA_TYPE = "application/x-www-form-urlencoded"

# The fields that a problem is told beside: the first that the form has.
FIELDS: dict[type[Problem], tuple[str, ...]] = {
    EmailNotVerified: ("email",),
    EmailTaken: ("email",),
    InvalidCredentials: ("password",),
    TooManyAttempts: ("password", "current_password"),
    WeakPassword: ("new_password", "password"),
    WrongPassword: ("current_password",),
}
# What people type into: a mistake anywhere else is told above all fields.
TYPED = {"email", "name", "password", "current_password", "new_password", "new_email"}


class Unfit(Invalid):
    """Some fields do not fit; each has its own message."""

    def __init__(self, mistakes: Mapping[str, str]) -> None:
        super().__init__()
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Form:
    """A form of a page: as it was sent, or as it is shown first."""

    name: str = ""
    sent: tuple[tuple[str, str], ...] = ()
    mistakes: Mapping[str, str] = field(default_factory=dict)
    status: int = status.HTTP_200_OK
    headers: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return dict(self.sent).get(name, "")

    def all(self, name: str) -> list[str]:
        return [value for sent, value in self.sent if sent == name]

    @property
    def first_mistake(self) -> str | None:
        """Return the field to start with, in the order of the page."""
        fields = [name for name, _ in self.sent if name in self.mistakes]
        return next(iter([*fields, *self.mistakes]), None)

    def fill(self, schema: type[Schema], **more: object) -> Schema:
        """Return what the schema makes of the fields, or raise `Unfit`.

        A field that was left empty counts as left out.
        """
        fields = {name: self[name] for name in schema.model_fields if self[name]}
        try:
            # Forms have nothing but texts.
            return schema.model_validate(fields | more, strict=False)
        except ValidationError as error:
            mistakes = {str(each["loc"][0]): words_for(each) for each in error.errors()}
            raise Unfit(mistakes) from None

    def refused(self, request: Request, problem: Problem) -> "Form":
        """Return the form with what is wrong beside its field, or above all of them.

        Raise the problem for whoever asks for JSON rather than a page.
        """
        html, json = wanted(request.headers)
        if json > html:
            raise problem
        if isinstance(problem, Unfit):
            told = {n: words for n, words in problem.mistakes.items() if n in TYPED}
            mistakes = told or {"": problem.detail}
        else:
            sent = dict(self.sent)
            candidates = FIELDS.get(type(problem), ())
            at = next((name for name in candidates if name in sent), "")
            mistakes = {at: problem.detail}
        return replace(
            self,
            mistakes=mistakes,
            status=problem.status,
            headers=problem.headers or {},
        )


def words_for(error: Mapping[str, Any]) -> str:
    match error["type"]:
        case "missing":
            return "Fill this in."
        case "too_long" | "string_too_long":
            return f"Use at most {error['ctx']['max_length']} characters."
    return str(error["msg"]).removeprefix("Value error, ")


async def read_form(request: Request) -> Form:
    """Return what was sent; which form of its page it is stands in the field `form`.

    Raise `Invalid` for other kinds of bodies: no form of ours sends files.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0]
    if media_type.strip().lower() != MEDIA_TYPE:
        raise Invalid("What was sent is no form.")
    try:
        fields = (await request.form()).multi_items()
    except ClientDisconnect:
        raise Invalid("What was sent has no end.") from None
    sent = tuple((name, value) for name, value in fields if isinstance(value, str))
    return Form(dict(sent).get("form", ""), sent)


Act = Callable[[Request, LoginCaller, Form], Awaitable[Response]]


async def act(
    request: Request, caller: LoginCaller, acts: Mapping[str, Act], show: Act
) -> Response:
    """Do what the form asks for, or show its page again with what is wrong.

    Each act has its own transaction, which an error has rolled back before the
    page is shown again: one around both would commit half of an act.
    """
    form = await read_form(request)
    if form.name not in acts:
        raise Invalid("There is no such form.")
    try:
        # A page that was left open while somebody else signed in.
        if form.all("account") not in ([], [str(caller.user.id)]):
            raise Invalid("You are signed in as somebody else by now.")
        return await acts[form.name](request, caller, form)
    except (NotSignedIn, InsufficientScope):
        # What they might see ended meanwhile, or never was theirs.
        raise
    except Problem as problem:
        # Of two clicks the first may have ended what the second one came with.
        await session.find_caller(request)
        return await show(request, caller, form.refused(request, problem))
