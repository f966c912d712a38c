"""What the authorization server says of itself is true: RFC 8414."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from httpx2 import AsyncClient

from app.settings import settings
from tests.access.oauth import ask_for_token, error_of
from tests.conftest import add_account
from tests.people import ADA
from tests.serving import served

OTHER_GRANTS = [
    "authorization_code",
    "client_credentials",
    "implicit",
    "urn:ietf:params:oauth:grant-type:device_code",
]


@pytest.fixture
async def metadata(client: AsyncClient) -> dict[str, Any]:
    answer = await client.get("/.well-known/oauth-authorization-server")
    found: dict[str, Any] = answer.json()
    return found


async def test_metadata_are_for_everybody(client: AsyncClient) -> None:
    answer = await client.get("/.well-known/oauth-authorization-server")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"


async def test_what_is_required_is_there(metadata: dict[str, Any]) -> None:
    assert {"issuer", "token_endpoint", "response_types_supported"} <= set(metadata)


async def test_the_issuer_is_where_the_metadata_are(metadata: dict[str, Any]) -> None:
    assert metadata["issuer"] == settings.public_url
    assert not urlsplit(metadata["issuer"]).query


async def test_every_address_is_of_this_service_and_answers(
    client: AsyncClient, metadata: dict[str, Any]
) -> None:
    addresses = [
        value
        for name, value in metadata.items()
        if name.endswith(("_endpoint", "_uri"))
    ]

    for address in addresses:
        assert address.startswith(f"{settings.public_url}/")
        assert {
            (await client.get(address)).status_code,
            (await client.post(address)).status_code,
        } & {200, 400, 401}


async def test_below_a_path_every_address_says_so() -> None:
    public_url = "http://localhost:8000/accounts"
    with served({"PUBLIC_URL": public_url}) as service:
        async with AsyncClient(
            base_url=f"{service.url}/accounts", timeout=60
        ) as client:
            answer = await client.get("/.well-known/oauth-authorization-server")
            document = (await client.get("/openapi.json")).json()

    scheme = document["components"]["securitySchemes"]["password"]
    assert answer.json()["issuer"] == public_url
    assert answer.json()["token_endpoint"] == f"{public_url}/auth/token"
    assert scheme["flows"]["password"]["tokenUrl"] == "/accounts/auth/token"


async def test_grants_are_supported_as_it_says(
    client: AsyncClient, metadata: dict[str, Any]
) -> None:
    supported = metadata["grant_types_supported"]

    refused = [
        grant_type
        for grant_type in [*supported, *OTHER_GRANTS]
        if error_of(await ask_for_token(client, grant_type=grant_type, password=None))
        == (400, "unsupported_grant_type")
    ]

    assert refused == OTHER_GRANTS
    assert "password" in supported


async def test_scopes_are_granted_as_it_says(
    client: AsyncClient, metadata: dict[str, Any]
) -> None:
    await add_account(ADA, *settings.all_scopes)

    for scope in metadata["scopes_supported"]:
        assert (await ask_for_token(client, scope=scope)).json()["scope"] == scope


@pytest.mark.parametrize("endpoint", ["token", "revocation"])
async def test_clients_need_no_authentication(
    client: AsyncClient, metadata: dict[str, Any], endpoint: str
) -> None:
    answer = await client.post(
        metadata[f"{endpoint}_endpoint"], data={"token": "x", "grant_type": "password"}
    )

    assert metadata[f"{endpoint}_endpoint_auth_methods_supported"] == ["none"]
    assert answer.status_code != 401


async def test_there_is_no_authorization_endpoint(metadata: dict[str, Any]) -> None:
    assert metadata["response_types_supported"] == []
    assert "authorization_endpoint" not in metadata
