"""People who use the service in the tests, and what they do."""

from typing import Any

from httpx2 import AsyncClient, Response

ADA, BOB = "ada@example.com", "bob@example.com"
PASSWORD, OTHER_PASSWORD = "correct horse battery", "staple-battery-horse"


async def register(
    client: AsyncClient, email: str = ADA, password: str = PASSWORD, **more: Any
) -> Response:
    content = {"email": email, "password": password, **more}
    return await client.post("/auth/register", json=content)


async def change_password(client: AsyncClient, current: str, new: str) -> Response:
    content = {"current_password": current, "new_password": new}
    return await client.post("/auth/password/change", json=content)


async def change_email(
    client: AsyncClient, new_email: str, password: str = PASSWORD
) -> Response:
    content = {"new_email": new_email, "current_password": password}
    return await client.post("/auth/email/change", json=content)


async def id_of(client: AsyncClient) -> str:
    return str((await client.get("/users/me")).json()["id"])


def code_of(answer: Response) -> tuple[int, str]:
    """Return the status and the stable code of a problem."""
    return answer.status_code, answer.json()["code"]
