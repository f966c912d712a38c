"""How the shared tests sign in, and what a client then carries."""

import re

from httpx2 import AsyncClient, Response

from tests.access.environment import ENVIRONMENT, PUBLIC

__all__ = [
    "ENVIRONMENT",
    "PUBLIC",
    "SHOWN_AGAIN",
    "carry",
    "credential",
    "examine",
    "handed_out",
    "sign_in",
]

CREDENTIAL = re.compile(r'"(?:\w+_token|key)":"([\w.-]{32,})"')
# The pages that show again what came with the request, after which word: there are none.
SHOWN_AGAIN: dict[str, str] = {}


async def sign_in(client: AsyncClient, email: str, password: str) -> Response:
    """Sign in and let the client carry its credential from now on."""
    content = {"email": email, "password": password}
    answer = await client.post("/auth/login", json=content)
    if answer.is_success:
        carry(client, answer.json()["access_token"])
    return answer


def credential(client: AsyncClient) -> str:
    """Return what the client carries."""
    return client.headers["authorization"].removeprefix("Bearer ")


def carry(client: AsyncClient, credential: str) -> None:
    client.headers["authorization"] = f"Bearer {credential}"


def handed_out(answer: Response) -> list[str]:
    """Return the credentials that an answer is there to tell."""
    return CREDENTIAL.findall(answer.text)


async def examine(answer: Response) -> None:
    """Judge every answer of the whole run: no token stays in a cache (RFC 6749 §5.1)."""
    if b"access_token" in await answer.aread():
        assert answer.headers["cache-control"] == "no-store"
