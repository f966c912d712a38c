"""How the shared tests sign in, and what a client then carries."""

from httpx2 import AsyncClient, Response

from tests.access.environment import ENVIRONMENT, PUBLIC

__all__ = ["ENVIRONMENT", "PUBLIC", "carry", "credential", "examine", "sign_in"]

NAME = "session"
# What the cookie jar makes of a host without a dot.
HOST = "localhost.local"
FLAGS = {"HttpOnly", "Path=/", "SameSite=Lax"}


async def sign_in(client: AsyncClient, email: str, password: str) -> Response:
    """Sign in and let the client carry its credential from now on."""
    content = {"email": email, "password": password}
    return await client.post("/auth/login", json=content)


def credential(client: AsyncClient) -> str:
    """Return what the client carries."""
    return client.cookies[NAME]


def carry(client: AsyncClient, credential: str) -> None:
    client.cookies.set(NAME, credential, domain=HOST)


async def examine(answer: Response) -> None:
    """Judge every answer of the whole run: each cookie has its flags, and no other ones."""
    for cookie in answer.headers.get_list("set-cookie"):
        pair, *flags = cookie.split("; ")
        assert pair.partition("=")[0] in (NAME, "notice", "new-key")
        assert {flag for flag in flags if not flag.startswith("Max-Age=")} == FLAGS
