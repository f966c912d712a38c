"""The JSON that clients send and receive."""

import re
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Self
from unicodedata import normalize
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from app.emails import LONGEST_EMAIL, as_email
from app.passwords import MAX_LENGTH
from app.records import ApiKey, Login
from app.scopes import AUTHENTICATED

LONGEST_NAME = 200


# NUL, which PostgreSQL cannot store, and half of a surrogate pair, which is no text.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(text: str) -> str:
    if UNSTORABLE.search(text):
        raise ValueError("must not have NUL characters or lone surrogates")
    return text


def normalized(text: str) -> str:
    """Compose what different keyboards send for one character (NIST SP 800-63B-4 §3.1.1.2)."""
    # No more than four become one, so a text that is longer stays too long; and to
    # compose it takes the square of its length.
    return normalize("NFC", text) if len(text) <= 4 * MAX_LENGTH else text


Text = Annotated[str, AfterValidator(storable)]
Name = Annotated[
    str, Field(min_length=1, max_length=LONGEST_NAME), AfterValidator(storable)
]
Password = Annotated[Text, AfterValidator(normalized)]
Email = Annotated[
    str,
    Field(max_length=LONGEST_EMAIL),
    AfterValidator(storable),
    AfterValidator(as_email),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": LONGEST_EMAIL}),
]


class Sent(BaseModel):
    """What a client sends: another member or type than was asked for is a mistake."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, strict=True)


class Registration(Sent):
    email: Email
    password: Password
    name: Name | None = None


class SignInForm(Sent):
    email: Text
    password: Password
    remember: bool = False


class PasswordChange(Sent):
    current_password: Password
    new_password: Password


class CurrentPassword(Sent):
    current_password: Password


class Address(Sent):
    email: Email


class MailedToken(Sent):
    token: Text


class EmailChange(Sent):
    new_email: Email
    current_password: Password


class PasswordReset(Sent):
    token: Text
    new_password: Password


class NewApiKey(Sent):
    name: Name
    scopes: list[Text] = [AUTHENTICATED]
    # Seconds; ten years at most.
    expires_in: int | None = Field(None, ge=1, le=315_360_000)


class ProfileChange(Sent):
    name: Name | None = None


class UserChange(Sent):
    # Only what was sent counts; none of these may be null but the name.
    is_active: bool = True
    name: Name | None = None
    scopes: list[Text] = []


class Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class UserAnswer(Answer):
    id: UUID
    # No EmailStr: what we store was checked when it came in.
    email: str
    name: str | None
    is_active: bool
    is_verified: bool
    scopes: list[str]
    created_at: datetime
    updated_at: datetime


class UserPage(Answer):
    items: list[UserAnswer]
    next_cursor: str | None


class LoginAnswer(Answer):
    id: UUID
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    ip_address: str | None
    user_agent: str | None
    current: bool

    @classmethod
    def of(cls, login: Login, current: bool) -> Self:
        return cls.model_validate({**asdict(login), "current": current})


class ApiKeyAnswer(Answer):
    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


class NewApiKeyAnswer(ApiKeyAnswer):
    key: str

    @classmethod
    def of(cls, api_key: ApiKey, key: str) -> Self:
        return cls.model_validate({**asdict(api_key), "key": key})


class EventAnswer(Answer):
    id: UUID
    user_id: UUID | None
    kind: str
    at: datetime
    ip_address: str | None
    user_agent: str | None
    detail: dict[str, str]


class EventPage(Answer):
    items: list[EventAnswer]
    next_cursor: str | None


class Accepted(Answer):
    status: str = "accepted"


class Status(Answer):
    status: str = "ok"
