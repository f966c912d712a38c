"""Whatever is sent in any field of any operation: it is taken or refused, and breaks nothing."""

import json
from typing import Any, Literal
from unicodedata import normalize
from uuid import uuid4

import pytest
from httpx2 import AsyncClient

from app.emails import as_email
from tests.operations import OPERATIONS, Operation
from tests.people import ADA, OTHER_PASSWORD, PASSWORD, code_of, id_of, register

NAUGHTY: list[Any] = [
    "",
    "\0",
    "\udfff\ud800",
    "\uffff\ufeff\u202e\u2028\x1b[2J\r\nLocation: //a",
    "İstanbul.\ufb01\u017f\u212a@example.com",
    "👩‍👩‍👧‍👦 Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319",
    "' OR 1=1; -- %_\\*?[a-z] <script>{{7*7}}${7*7}$(reboot)`reboot`/../..",
    "x" * 60_000,
    "\u0301" * 10_000,
    "00000000-0000-0000-0000-000000000000",
    "9" * 5000,
    None,
    True,
    -1,
    10**400,
    float("nan"),
    [None, "\0", {}],
    {"\ud800": "\0", "": []},
]

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


@pytest.mark.parametrize(("operation", "name"), TRIED, ids=str)
async def test_nothing_that_is_sent_breaks_the_service(
    root: AsyncClient, bob: AsyncClient, operation: Operation, name: str
) -> None:
    any_ids = dict.fromkeys(operation.in_path, uuid4())
    fitting = {**any_ids, **FITTING, "user_id": await id_of(bob)}

    answers = {
        json.dumps(value): await operation.send(root, fitting | {name: value})
        for value in NAUGHTY
    }

    broken = [value for value, answer in answers.items() if answer.is_server_error]
    assert broken == []


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


def test_what_is_too_long_for_an_address_is_not_looked_at() -> None:
    with pytest.raises(ValueError, match="has over 254 characters"):
        as_email("a\u0315\u0300" * 10_000 + "@example.com")


async def test_nothing_in_a_header_breaks_the_service(ada: AsyncClient) -> None:
    for value in [b"", b"\xff\xfe\0\x1b[2J", b"x" * 60_000, b"=;,\"'"]:
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
    b"X-Forwarded-For",
    b"X-Request-ID",
]
