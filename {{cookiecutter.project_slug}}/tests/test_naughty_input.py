"""Whatever is sent in any field of any operation: it is taken or refused, and breaks nothing."""

import json
from typing import Any, Literal
from unicodedata import normalize
from uuid import uuid4

import pytest
from httpx2 import AsyncClient

from app.emails import as_email
from app.passwords import MAX_LENGTH
from app.services import mail_tokens
from app.services.mail_tokens import Purpose
from app.store import users
from app.store.database import transaction
from tests.access.signing_in import sign_in
from tests.naughty import DEEP, IN_HEADERS, NAUGHTY, TOO_LARGE, start_over
from tests.operations import OPERATIONS, Operation
from tests.people import ADA, BOB, OTHER_PASSWORD, PASSWORD, code_of, id_of, register

# What fits, for the fields around the one that is tried.
FITTING: dict[str, Any] = {
    "current_password": PASSWORD,
    "email": ADA,
    "grant_type": "password",
    "is_active": True,
    "limit": 10,
    "login_id": uuid4(),
    "name": "Ada",
    "new_password": OTHER_PASSWORD,
    "password": PASSWORD,
    "remember": False,
    "scopes": ["admin"],
    "token": "token",
    "user_id": uuid4(),
    "username": ADA,
}

TRIED = [(operation, name) for operation in OPERATIONS for name in operation.fields]
IN_JSON = [
    (operation, name)
    for operation in OPERATIONS
    for name in operation.in_body
    if operation.media_type == "application/json"
]
REFUSED = {"\0": 422, "\udfff\ud800": 422, DEEP: 422, TOO_LARGE: 413}


async def fitting(bob: AsyncClient, operation: Operation, name: str) -> dict[str, Any]:
    """Return what fits in an operation, so that all depends on what is tried."""
    return {
        **dict.fromkeys(operation.in_path, uuid4()),
        **FITTING,
        # A grant with a token of its own is named as that is.
        "grant_type": name if name.endswith("_token") else "password",
        "user_id": await id_of(bob),
    }


async def token_for(email: str) -> str:
    """Return a token to reset a password with, as a mail would."""
    async with transaction() as db:
        user = await users.find_by_email(db, email)
        assert user
        return await mail_tokens.issue(db, user, Purpose.RESET_PASSWORD, email)


@pytest.mark.parametrize(("operation", "name"), TRIED, ids=str)
async def test_nothing_that_is_sent_breaks_the_service(
    root: AsyncClient, bob: AsyncClient, operation: Operation, name: str
) -> None:
    answers = {}
    values = await fitting(bob, operation, name)
    for value in NAUGHTY:
        await start_over()
        if operation.path == "/auth/password/reset":
            values["token"] = await token_for(BOB)
        sent = values | {name: value}
        answers[json.dumps(value)] = await operation.send(root, sent)

    assert [value for value, it in answers.items() if it.is_server_error] == []
    assert [value for value, it in answers.items() if it.status_code == 429] == []


@pytest.mark.parametrize(("operation", "name"), IN_JSON, ids=str)
async def test_what_no_field_can_hold_is_refused(
    root: AsyncClient, bob: AsyncClient, operation: Operation, name: str
) -> None:
    values = await fitting(bob, operation, name)

    answers = {
        value: await operation.send(root, values | {name: value}) for value in REFUSED
    }

    assert {value: it.status_code for value, it in answers.items()} == REFUSED


async def test_what_takes_long_to_compose_is_not_composed(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    composed = []

    def compose_and_note(form: Literal["NFC"], text: str) -> str:
        composed.append(len(text))
        return normalize(form, text)

    monkeypatch.setattr("app.schemas.normalize", compose_and_note)
    # Each mark is compared with those before it.
    marks = "\u0315" * 15_000 + "\u0300" * 15_000

    answer = await register(client, ADA, marks)
    await register(client, ADA, PASSWORD)

    assert code_of(answer) == (422, "weak_password")
    assert composed == [len(PASSWORD)]


async def test_what_is_longer_than_any_password_is_never_right(
    client: AsyncClient,
) -> None:
    longest = (PASSWORD * 20)[:MAX_LENGTH]
    await register(client, ADA, longest)

    assert (await sign_in(client, ADA, longest + "x")).status_code == 401
    assert (await sign_in(client, ADA, longest)).status_code == 200


def test_what_is_too_long_for_an_address_is_not_looked_at() -> None:
    with pytest.raises(ValueError, match="has over 254 characters"):
        as_email("a\u0315\u0300" * 10_000 + "@example.com")


async def test_nothing_in_a_header_breaks_the_service(ada: AsyncClient) -> None:
    for value in IN_HEADERS:
        for name in NAUGHTY_HEADERS:
            answer = await ada.get("/users/me", headers={name: value})

            assert not answer.is_server_error, (name, value)


NAUGHTY_HEADERS = [
    b"Accept",
    b"Authorization",
    b"Content-Length",
    b"Content-Type",
    b"Host",
    b"If-None-Match",
    b"Origin",
    b"User-Agent",
    b"X-API-Key",
    b"X-Forwarded-For",
    b"X-Request-ID",
]
