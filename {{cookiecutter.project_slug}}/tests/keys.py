"""API keys in the tests: made, and carried by a program."""

from typing import Any

from httpx2 import AsyncClient, Response

from tests.conftest import NewClient


async def create_key(client: AsyncClient, *scopes: str, **content: Any) -> Response:
    if scopes:
        content["scopes"] = scopes
    return await client.post("/auth/api-keys", json={"name": "backup", **content})


async def program_of(
    owner: AsyncClient, new_client: NewClient, *scopes: str, **content: Any
) -> AsyncClient:
    """Return a client that carries a new key of the owner's."""
    created = await create_key(owner, *scopes, **content)
    program = await new_client()
    program.headers["X-API-Key"] = created.json()["key"]
    return program


async def keys_of(client: AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get("/auth/api-keys")).json()
    return found
