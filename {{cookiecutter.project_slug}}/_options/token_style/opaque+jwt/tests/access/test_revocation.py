"""Give a token back: RFC 7009."""

import anyio
import pytest
from httpx2 import AsyncClient, Response

from tests.access.oauth import ask_for_token, error_of, revoke
from tests.access.signing_in import credential, sign_in
from tests.conftest import NewClient
from tests.people import ADA, PASSWORD


async def test_a_revoked_token_ends_at_once(
    ada: AsyncClient, client: AsyncClient
) -> None:
    answer = await revoke(client, credential(ada))

    assert answer.status_code == 200
    assert (await ada.get("/users/me")).status_code == 401


async def test_the_login_is_gone(ada: AsyncClient, client: AsyncClient) -> None:
    other = await ask_for_token(client)
    before = (await ada.get("/auth/logins")).json()

    await revoke(client, other.json()["access_token"])

    assert (await ada.get("/auth/logins")).json() == before[1:]


@pytest.mark.parametrize("token", ["x", "at_", "a.b.c", "at_" + "A" * 64, "ü"])
async def test_an_unknown_token_is_fine(client: AsyncClient, token: str) -> None:
    answer = await revoke(client, token)

    assert (answer.status_code, answer.content) == (200, b"")


async def test_revoking_twice_is_fine(ada: AsyncClient, client: AsyncClient) -> None:
    await revoke(client, credential(ada))

    assert (await revoke(client, credential(ada))).status_code == 200


async def test_revoking_at_the_same_time_is_fine(
    ada: AsyncClient, client: AsyncClient
) -> None:
    answers: list[Response] = []

    async def give_back() -> None:
        answers.append(await revoke(client, credential(ada)))

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(give_back)

    assert {answer.status_code for answer in answers} == {200}


@pytest.mark.parametrize("hint", ["access_token", "unknown"])
async def test_a_hint_makes_no_difference(
    ada: AsyncClient, client: AsyncClient, hint: str
) -> None:
    await revoke(client, credential(ada), token_type_hint=hint)

    assert (await ada.get("/users/me")).status_code == 401


async def test_other_logins_stay(ada: AsyncClient, new_client: NewClient) -> None:
    other = await new_client()
    await sign_in(other, ADA, PASSWORD)

    await revoke(other, credential(other))

    assert (await ada.get("/users/me")).status_code == 200


async def test_a_token_has_to_be_sent(client: AsyncClient) -> None:
    answer = await client.post("/auth/revoke", data={"token_type_hint": "x"})

    assert error_of(answer) == (400, "invalid_request")


async def test_a_client_with_a_secret_is_unknown(ada: AsyncClient) -> None:
    header = {"Authorization": "Basic Y2xpZW50OnNlY3JldA=="}

    answer = await ada.post(
        "/auth/revoke", data={"token": credential(ada)}, headers=header
    )

    assert error_of(answer) == (401, "invalid_client")
