"""An answer is sent only when what it tells of is kept, and others can read it."""

from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient
from starlette.types import Message, Receive, Scope, Send

from app.main import app
from tests import database
from tests.access.signing_in import carry, credential, sign_in
from tests.conftest import BASE_URL, NewClient, add_account
from tests.people import ADA, OTHER_PASSWORD, PASSWORD, id_of

Rows = list[tuple[Any, ...]]


async def accounts_and_logins() -> Rows:
    users = await database.run("SELECT * FROM users ORDER BY id")
    return users + await database.run("SELECT * FROM logins ORDER BY id")


@pytest.fixture
def kept() -> list[Rows]:
    """What another connection reads in the moment that an answer starts."""
    return []


@pytest.fixture
async def observed(admin: AsyncClient, kept: list[Rows]) -> AsyncClient:
    """A client signed in as an administrator, whose answers are timed like this."""

    async def app_and_look(scope: Scope, receive: Receive, send: Send) -> None:
        async def look_and_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept.append(await accounts_and_logins())
            await send(message)

        await app(scope, receive, look_and_send)

    client = AsyncClient(transport=ASGITransport(app_and_look), base_url=BASE_URL)
    carry(client, credential(admin))
    return client


PASSWORDS = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
NEWCOMER = {"email": "new@example.com", "password": OTHER_PASSWORD}


@pytest.mark.parametrize(
    ("method", "path", "json"),
    [
        ("POST", "/auth/register", NEWCOMER),
        ("POST", "/auth/login", {"email": ADA, "password": PASSWORD}),
        ("POST", "/auth/password/change", PASSWORDS),
        ("POST", "/auth/logout", None),
        ("DELETE", "/auth/logins", None),
        ("PATCH", "/users/me", {"name": "Ada"}),
        ("DELETE", "/users/me", {"current_password": PASSWORD}),
        ("PATCH", "/users/{bob}", {"is_active": False}),
        ("DELETE", "/users/{bob}/logins", None),
        ("DELETE", "/users/{bob}", None),
    ],
)
async def test_what_is_answered_is_kept_already(
    observed: AsyncClient,
    bob: AsyncClient,
    new_client: NewClient,
    kept: list[Rows],
    method: str,
    path: str,
    json: Any,
) -> None:
    await add_account(ADA)
    await sign_in(await new_client(), "admin@example.com", PASSWORD)
    before = await accounts_and_logins()

    answer = await observed.request(
        method, path.format(bob=await id_of(bob)), json=json
    )

    assert answer.is_success
    assert kept == [await accounts_and_logins()]
    assert kept != [before]
