"""What other services are told of a token: RFC 7662."""

import pytest
from httpx2 import AsyncClient, Response
from time_machine import Traveller

from app.main import app
from app.settings import settings
from tests.access.oauth import ask_for_token, error_of
from tests.access.signing_in import credential, sign_in
from tests.conftest import NOON, NewClient, add_account, give_scopes, signed_in
from tests.people import ADA, PASSWORD, id_of

INACTIVE = {"active": False}


async def new_key(client: AsyncClient, *scopes: str) -> str:
    content = {"name": "A service", "scopes": scopes}
    return str((await client.post("/auth/api-keys", json=content)).json()["key"])


@pytest.fixture
async def service(new_client: NewClient) -> AsyncClient:
    """Another service, with an API key that may ask."""
    owner = await signed_in(await new_client(), "service@example.com", "introspect")
    key = await new_key(owner, "introspect")
    service = await new_client()
    service.headers["X-API-Key"] = key
    return service


async def ask(client: AsyncClient, token: str, **more: str) -> Response:
    return await client.post("/auth/introspect", data={"token": token} | more)


async def test_a_token_in_force_is_told_of(
    clock: Traveller, service: AsyncClient, ada: AsyncClient
) -> None:
    answer = await ask(service, credential(ada))

    assert answer.status_code == 200
    told = answer.json()
    expires_at = told.pop("exp")
    assert told.pop("client_id", "first-party") == "first-party"
    assert told == {
        "active": True,
        "sub": await id_of(ada),
        "username": ADA,
        "scope": "authenticated",
        "iat": int(NOON.timestamp()),
        "token_type": "bearer",
    }
    assert expires_at > NOON.timestamp()


async def test_the_end_is_the_one_that_the_client_was_told(
    clock: Traveller, service: AsyncClient, client: AsyncClient
) -> None:
    await add_account(ADA)
    token = (await ask_for_token(client)).json()

    told = (await ask(service, token["access_token"])).json()

    assert told["exp"] - told["iat"] == token["expires_in"]


@pytest.mark.parametrize("token", ["x", "at_", "a.b.c", "at_" + "A" * 64, "ü", "{}"])
async def test_an_unknown_token_is_not_active(service: AsyncClient, token: str) -> None:
    answer = await ask(service, token)

    assert (answer.status_code, answer.json()) == (200, INACTIVE)


async def test_a_token_that_has_ended_is_not_active(
    service: AsyncClient, ada: AsyncClient
) -> None:
    await ada.post("/auth/logout")

    assert (await ask(service, credential(ada))).json() == INACTIVE


async def test_a_token_that_has_expired_is_not_active(
    clock: Traveller, service: AsyncClient, ada: AsyncClient
) -> None:
    clock.shift(settings.login_idle_minutes * 60 + 1)

    assert (await ask(service, credential(ada))).json() == INACTIVE


async def test_a_token_of_a_disabled_user_is_not_active(
    service: AsyncClient, ada: AsyncClient, admin: AsyncClient
) -> None:
    await admin.patch(f"/users/{await id_of(ada)}", json={"is_active": False})

    assert (await ask(service, credential(ada))).json() == INACTIVE


async def test_an_api_key_is_no_token(service: AsyncClient, ada: AsyncClient) -> None:
    for key in [await new_key(ada), service.headers["x-api-key"]]:
        assert (await ask(service, key)).json() == INACTIVE


async def test_a_scope_is_told_as_long_as_the_user_has_it(
    service: AsyncClient, admin: AsyncClient
) -> None:
    before = (await ask(service, credential(admin))).json()
    await give_scopes("admin@example.com")

    after = (await ask(service, credential(admin))).json()

    assert before["scope"] == "admin authenticated"
    assert after["scope"] == "authenticated"


async def test_a_super_is_told_to_be_an_admin(
    service: AsyncClient, root: AsyncClient
) -> None:
    told = (await ask(service, credential(root))).json()

    assert told["scope"] == "admin authenticated super"


async def test_asking_is_no_use_of_the_token(
    clock: Traveller, service: AsyncClient, ada: AsyncClient, new_client: NewClient
) -> None:
    clock.shift(120)
    await ask(service, credential(ada))

    other = await signed_in_again(await new_client())
    seen = [login["last_seen_at"] for login in (await other.get("/auth/logins")).json()]

    assert seen[1] == "2030-07-01T12:00:00Z"


async def signed_in_again(client: AsyncClient) -> AsyncClient:
    await sign_in(client, ADA, PASSWORD)
    return client


async def test_a_hint_makes_no_difference(
    service: AsyncClient, ada: AsyncClient
) -> None:
    answer = await ask(service, credential(ada), token_type_hint="unknown")

    assert answer.json()["active"]


async def test_a_token_has_to_be_sent(service: AsyncClient) -> None:
    answer = await service.post("/auth/introspect", data={"token_type_hint": "x"})

    assert error_of(answer) == (400, "invalid_request")


@pytest.mark.parametrize("key", [None, "", "x", "ak_", "ak_" + "A" * 64])
async def test_strangers_are_told_nothing(
    client: AsyncClient, ada: AsyncClient, key: str | None
) -> None:
    if key is not None:
        client.headers["X-API-Key"] = key

    answer = await ask(client, credential(ada))

    assert error_of(answer) == (401, "invalid_client")
    assert answer.headers["www-authenticate"] == 'ApiKey realm="accounts"'
    assert answer.headers["cache-control"] == "no-store"


async def test_strangers_are_told_nothing_whatever_they_send(
    client: AsyncClient,
) -> None:
    for body in [b"", b"{", b"token=%FF", b"x" * 70_000]:
        answer = await client.post("/auth/introspect", content=body)
        assert error_of(answer) == (401, "invalid_client")


async def test_a_token_does_not_let_ask(root: AsyncClient) -> None:
    answer = await ask(root, credential(root))

    assert error_of(answer) == (401, "invalid_client")


async def test_a_key_without_the_scope_does_not_let_ask(
    client: AsyncClient, ada: AsyncClient
) -> None:
    client.headers["X-API-Key"] = await new_key(ada)

    answer = await ask(client, credential(ada))

    assert error_of(answer) == (403, "insufficient_scope")
    assert answer.headers["www-authenticate"] == (
        'Bearer realm="accounts", error="insufficient_scope", scope="introspect"'
    )


async def test_a_key_whose_owner_lost_the_scope_does_not_let_ask(
    service: AsyncClient, ada: AsyncClient
) -> None:
    await give_scopes("service@example.com")

    answer = await ask(service, credential(ada))

    assert error_of(answer) == (403, "insufficient_scope")


async def test_two_credentials_are_refused(
    service: AsyncClient, ada: AsyncClient
) -> None:
    service.headers["Authorization"] = ada.headers["authorization"]

    answer = await ask(service, credential(ada))

    assert error_of(answer) == (400, "invalid_request")


def test_clients_are_told_how_to_ask() -> None:
    operation = app.openapi()["paths"]["/auth/introspect"]["post"]

    assert operation["security"] == [{"API key": []}]
