"""What the store hands out: plain records that know nothing of the database."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from app.scopes import effective

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class User:
    """An account. Its password hash is not part of it, so that it cannot leak."""

    id: UUID
    email: str
    name: str | None
    is_active: bool
    is_verified: bool
    scopes: tuple[str, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account with what its password is checked against."""

    user: User
    password_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Login:
    """A device or program that is signed in, and what it may do at most."""

    id: UUID
    user_id: UUID
    secret_hash: str = field(repr=False)
    scopes: tuple[str, ...]
    remembered: bool
    ip_address: str | None
    user_agent: str | None
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key for a program, which acts for its owner and may do no more than them."""

    id: UUID
    user_id: UUID
    name: str
    prefix: str
    secret_hash: str = field(repr=False)
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, and what their credential was granted."""

    user: User
    granted: tuple[str, ...]

    def may(self, scope: str) -> bool:
        """Whether the credential was granted the scope and the user still has it."""
        return scope in effective(self.granted, self.user.scopes)


@dataclass(frozen=True, slots=True)
class LoginCaller(Caller):
    """A person who calls from where they are signed in."""

    login: Login


@dataclass(frozen=True, slots=True)
class KeyCaller(Caller):
    """A program that calls with an API key."""

    key: ApiKey


@dataclass(frozen=True, slots=True)
class MailToken:
    """What a link in a mail is for, and the address that the mail went to."""

    user_id: UUID
    purpose: str
    email: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that changed, or tried to change, who may do what."""

    id: UUID
    user_id: UUID | None
    kind: str
    at: datetime
    ip_address: str | None
    user_agent: str | None
    detail: dict[str, str]


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items of a longer list, and where the next ones start."""

    items: list[Item]
    next_cursor: str | None


def names_of(record: type) -> tuple[str, ...]:
    """Return the names of its fields, which those of the columns are too."""
    return tuple(it.name for it in fields(record))
