"""Give back a refresh token, and what other services are told of one."""

from httpx2 import AsyncClient
from time_machine import Traveller

from tests.access.oauth import error_of, revoke
from tests.access.signing_in import sign_in
from tests.access.test_introspection import INACTIVE, ask
from tests.access.test_introspection import service as service
from tests.access.test_refreshing import INVALID_GRANT, refresh, tokens_of
from tests.people import PASSWORD


async def test_a_revoked_refresh_token_ends_the_login(
    ada: AsyncClient, client: AsyncClient
) -> None:
    tokens = await tokens_of(ada)

    answer = await revoke(client, tokens["refresh_token"])

    assert answer.status_code == 200
    assert (await ada.get("/users/me")).status_code == 401
    assert error_of(await refresh(ada, tokens["refresh_token"])) == INVALID_GRANT


async def test_a_revoked_access_token_takes_the_refresh_token_with_it(
    ada: AsyncClient, client: AsyncClient
) -> None:
    tokens = await tokens_of(ada)

    await revoke(client, tokens["access_token"])

    assert error_of(await refresh(ada, tokens["refresh_token"])) == INVALID_GRANT


async def test_a_spent_refresh_token_ends_the_login_too(
    ada: AsyncClient, client: AsyncClient
) -> None:
    spent = await tokens_of(ada)
    await refresh(ada, spent["refresh_token"])

    await revoke(client, spent["refresh_token"])

    assert (await ada.get("/users/me")).status_code == 401


async def test_an_expired_access_token_ends_nothing(
    clock: Traveller, ada: AsyncClient, client: AsyncClient
) -> None:
    tokens = await tokens_of(ada)
    clock.shift(600)

    answer = await revoke(client, tokens["access_token"])

    assert answer.status_code == 200
    assert (await refresh(ada, tokens["refresh_token"])).status_code == 200


async def test_a_refresh_token_is_not_taken_for_an_access_token(
    service: AsyncClient, ada: AsyncClient
) -> None:
    tokens = await tokens_of(ada)

    assert (await ask(service, tokens["refresh_token"])).json() == INACTIVE


async def test_a_narrow_access_token_is_told_to_be_narrow(
    service: AsyncClient, admin: AsyncClient
) -> None:
    tokens = (await sign_in(admin, "admin@example.com", PASSWORD)).json()
    narrow = await refresh(admin, tokens["refresh_token"], scope="authenticated")

    told = (await ask(service, narrow.json()["access_token"])).json()

    assert told["scope"] == "authenticated"
    assert told["client_id"] == "first-party"
