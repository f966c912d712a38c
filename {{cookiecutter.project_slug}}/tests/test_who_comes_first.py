"""Who is calling is settled before what they send, in every operation there is."""

from uuid import uuid4

import pytest
from httpx2 import AsyncClient

from tests.access.signing_in import PUBLIC as PUBLIC_ACCESS
from tests.conftest import NewClient
from tests.keys import program_of
from tests.operations import BY_LOGIN_ONLY, OPERATIONS, Operation

# An operation that is added later is on this list, or asks who is calling.
PUBLIC = PUBLIC_ACCESS | {
    ("get", "/health/live"),
    ("get", "/health/ready"),
    ("post", "/auth/register"),
    ("post", "/auth/login"),
    # The token in the mail is the proof.
    ("post", "/auth/email/change/confirm"),
    ("post", "/auth/email/verify"),
    ("post", "/auth/password/reset"),
    # Whoever asks, the mail goes to the owner.
    ("post", "/auth/email/verify/resend"),
    ("post", "/auth/password/forgot"),
}
# An operation that is added to these parts later is on this list, or takes a scope.
OUR_PARTS = ("/auth/", "/users", "/events")
OWN = BY_LOGIN_ONLY | {
    ("get", "/auth/events"),
    ("get", "/users/me"),
    ("patch", "/users/me"),
}
GUARDED = [it for it in OPERATIONS if (it.method, it.path) not in PUBLIC]

BODIES = [
    b"",
    b"{}",
    b'{"name": ',
    b'{"name": [], "scopes": 7, "is_active": "?", "nonsense": null}',
    b"[1e400]",
    b"[" * 60_000,
    b" " * 70_000,
]

JSON = {"Content-Type": "application/json"}

guarded = pytest.mark.parametrize("operation", GUARDED, ids=str)


def test_every_public_operation_is_there() -> None:
    assert {(it.method, it.path) for it in OPERATIONS} >= PUBLIC


@guarded
async def test_a_stranger_is_asked_to_sign_in_whatever_they_send(
    client: AsyncClient, operation: Operation
) -> None:
    path = operation.path.format(**dict.fromkeys(operation.in_path, uuid4()))

    answers = [
        await client.request(operation.method, path, content=body, headers=JSON)
        for body in BODIES
    ]

    assert {answer.status_code for answer in answers} == {401}


@guarded
async def test_a_stranger_is_asked_to_sign_in_whatever_the_address_says(
    client: AsyncClient, operation: Operation
) -> None:
    path = operation.path.format(**dict.fromkeys(operation.in_path, "no-id"))
    query = dict.fromkeys([*operation.in_query, "limit", "cursor"], "nonsense")

    answer = await client.request(operation.method, path, params=query)

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "operation", [it for it in GUARDED if it.path.startswith(OUR_PARTS)], ids=str
)
async def test_what_is_not_ones_own_takes_a_scope(
    ada: AsyncClient, new_client: NewClient, operation: Operation
) -> None:
    program = await program_of(ada, new_client)
    somewhere = dict.fromkeys(operation.in_path, uuid4())

    answers = [await operation.send(it, somewhere) for it in (program, ada)]

    # Some take a key alone: a login signs nobody in there.
    heard = [it for it in answers if it.status_code != 401]
    let_in = [it for it in heard if "insufficient_scope" not in it.text]
    assert heard
    assert bool(let_in) == ((operation.method, operation.path) in OWN)


@guarded
async def test_clients_are_told_that_they_must_sign_in(operation: Operation) -> None:
    assert operation.asks_for_a_credential


@pytest.mark.parametrize(("method", "path"), sorted(PUBLIC))
async def test_strangers_are_let_in_where_everybody_is(
    client: AsyncClient, method: str, path: str
) -> None:
    answer = await client.request(method, path)

    assert answer.status_code != 401
