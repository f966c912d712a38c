"""The token in the header, and the answers without a good one: RFC 6750."""

import pytest
from httpx2 import AsyncClient

from tests.access.signing_in import credential
from tests.people import ADA, code_of

MISSING = 'Bearer realm="accounts"'
INVALID_TOKEN = 'Bearer realm="accounts", error="invalid_token"'
INVALID_REQUEST = 'Bearer realm="accounts", error="invalid_request"'

NO_TOKENS = {
    "short": "x",
    "prefix": "at_",
    "not base64": "at_!!!!",
    "not ascii": "at_ü".encode(),
    "zeros": "at_" + "A" * 64,
    "dots": "..",
    "three parts": "a.b.c",
    "long": "x" * 30_000,
    "comma": "at_x,at_y",
    "two": "at_x at_y",
    "nul": "%00",
}


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YTpi", "Digest x", "Bearerx y"]
)
async def test_without_a_token_no_error_is_named(
    client: AsyncClient, header: str
) -> None:
    answer = await client.get("/users/me", headers={"Authorization": header})

    assert code_of(answer) == (401, "not_authenticated")
    assert answer.headers["www-authenticate"] == MISSING


@pytest.mark.parametrize("token", NO_TOKENS.values(), ids=NO_TOKENS)
async def test_a_bad_token_is_named_as_the_error(
    client: AsyncClient, token: str | bytes
) -> None:
    sent = token.encode() if isinstance(token, str) else token

    answer = await client.get(
        "/users/me", headers={b"Authorization": b"Bearer " + sent}
    )

    assert code_of(answer) == (401, "not_authenticated")
    assert answer.headers["www-authenticate"] == INVALID_TOKEN


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "bEaReR"])
async def test_the_scheme_is_spelled_in_any_case(ada: AsyncClient, scheme: str) -> None:
    header = f"{scheme} {credential(ada)}"

    answer = await ada.get("/users/me", headers={"Authorization": header})

    assert answer.json()["email"] == ADA


async def test_a_token_in_the_query_is_ignored(
    client: AsyncClient, ada: AsyncClient
) -> None:
    answer = await client.get(f"/users/me?access_token={credential(ada)}")

    assert answer.headers["www-authenticate"] == MISSING


async def test_a_token_in_the_query_does_not_disturb_that_in_the_header(
    ada: AsyncClient,
) -> None:
    answer = await ada.get("/users/me?access_token=another")

    assert answer.json()["email"] == ADA


async def test_a_token_in_the_body_is_ignored(
    client: AsyncClient, ada: AsyncClient
) -> None:
    answer = await client.post("/auth/logout", data={"access_token": credential(ada)})

    assert answer.headers["www-authenticate"] == MISSING
    assert (await ada.get("/users/me")).status_code == 200


async def test_two_tokens_in_one_request_are_refused(ada: AsyncClient) -> None:
    header = ada.headers.pop("authorization")

    answer = await ada.get(
        "/users/me", headers=[("Authorization", header), ("Authorization", header)]
    )

    assert code_of(answer) == (400, "invalid_request")
    assert answer.headers["www-authenticate"] == INVALID_REQUEST


async def test_two_tokens_are_refused_before_the_body_is_read(
    ada: AsyncClient,
) -> None:
    header = ada.headers.pop("authorization")

    answer = await ada.patch(
        "/users/me",
        content="{",
        headers=[
            ("Authorization", header),
            ("Authorization", header),
            ("Content-Type", "application/json"),
        ],
    )

    assert code_of(answer) == (400, "invalid_request")


async def test_a_scope_that_is_missing_is_named(ada: AsyncClient) -> None:
    answer = await ada.get("/users")

    assert code_of(answer) == (403, "insufficient_scope")
    assert answer.headers["www-authenticate"] == (
        'Bearer realm="accounts", error="insufficient_scope", scope="admin"'
    )


async def test_an_api_key_besides_a_token_is_refused(ada: AsyncClient) -> None:
    answer = await ada.get("/users/me", headers={"X-API-Key": "ak_x"})

    assert code_of(answer) == (400, "invalid_request")


async def test_a_bad_api_key_is_named_as_the_error(client: AsyncClient) -> None:
    answer = await client.get("/users/me", headers={"X-API-Key": "ak_x"})

    assert code_of(answer) == (401, "not_authenticated")
    assert answer.headers["www-authenticate"] == INVALID_TOKEN


async def test_two_api_keys_are_refused(client: AsyncClient) -> None:
    answer = await client.get(
        "/users/me", headers=[("X-API-Key", "ak_x"), ("X-API-Key", "ak_y")]
    )

    assert code_of(answer) == (400, "invalid_request")
