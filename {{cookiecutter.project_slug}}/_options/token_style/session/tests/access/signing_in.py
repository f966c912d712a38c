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

NAME = "session"
# What the cookie jar makes of a host without a dot.
HOST = "localhost.local"
FLAGS = {"HttpOnly", "Path=/", "SameSite=Lax"}

CREDENTIAL = re.compile(r'(?:(?:session|new-key)=|"key":")([\w-]{32,})')
# The pages that show again what came with the request, after which word.
SHOWN_AGAIN = {
    "/account": "new-key=",
    "/confirm-email": "token=",
    "/reset-password": "token=",
    "/verify-email": "token=",
}


async def sign_in(client: AsyncClient, email: str, password: str) -> Response:
    """Sign in and let the client carry its credential from now on."""
    content = {"email": email, "password": password}
    return await client.post("/auth/login", json=content)


def credential(client: AsyncClient) -> str:
    """Return what the client carries."""
    return client.cookies[NAME]


def carry(client: AsyncClient, credential: str) -> None:
    client.cookies.set(NAME, credential, domain=HOST)


def handed_out(answer: Response) -> list[str]:
    """Return the credentials that an answer is there to tell."""
    cookies = answer.headers.get_list("set-cookie")
    return CREDENTIAL.findall(f"{cookies} {answer.text}")


async def examine(answer: Response) -> None:
    """Judge every answer of the whole run: each cookie has its flags, and no other ones."""
    for cookie in answer.headers.get_list("set-cookie"):
        pair, *flags = cookie.split("; ")
        assert pair.partition("=")[0] in (NAME, "notice", "new-key")
        assert {flag for flag in flags if not flag.startswith("Max-Age=")} == FLAGS
