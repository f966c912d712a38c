"""What an OAuth client sends, and what it is told."""

from typing import Any

from httpx2 import AsyncClient, Response

from tests.people import ADA, PASSWORD


async def ask_for_token(
    client: AsyncClient, headers: dict[str, str] | None = None, **changes: Any
) -> Response:
    """Send the password grant of Ada with changes; None leaves a parameter out."""
    form = {"grant_type": "password", "username": ADA, "password": PASSWORD} | changes
    sent = {name: value for name, value in form.items() if value is not None}
    return await client.post("/auth/token", data=sent, headers=headers)


async def revoke(client: AsyncClient, token: str, **more: str) -> Response:
    return await client.post("/auth/revoke", data={"token": token} | more)


def error_of(answer: Response) -> tuple[int, str]:
    """Return the status and the code of an error of OAuth 2.0."""
    return answer.status_code, answer.json()["error"]
