"""Run in a project's folder: do what people do, and print how PostgreSQL went about it.

The database is one that tells its clients the plan of each query (`auto_explain`).
"""

import asyncio
import json
import sys
from pathlib import Path
from uuid import uuid4

import asyncpg
from httpx2 import ASGITransport, AsyncClient

from app.main import app
from app.services import operators
from app.tokens import new_token

ADA, ROOT = "ada@example.com", "root@example.com"
PASSWORD, CHANGED_PASSWORD = "a long and quiet evening", "a short and loud one"

plans: list[str] = []


def note(connection: object, fields: dict[str, str], query: str) -> None:
    plans.append(fields["M"])


async def sign_in(client: AsyncClient, email: str) -> None:
    """Sign in by any style."""
    sent = {"email": email, "password": PASSWORD}
    answer = (await client.post("/auth/login", json=sent)).raise_for_status()
    if token := answer.json().get("access_token"):
        client.headers["Authorization"] = f"Bearer {token}"


async def use_an_account(client: AsyncClient) -> None:
    await client.get("/users/me")
    await client.patch("/users/me", json={"name": "Ada"})
    await client.get("/auth/logins")
    await client.delete(f"/auth/logins/{uuid4()}")
    await client.delete("/auth/logins")
    await client.get("/auth/events")
    await client.post("/auth/password/forgot", json={"email": ADA})
    await client.post("/auth/email/verify/resend", json={"email": ADA})
    made_up = new_token("mt_").text
    await client.post("/auth/email/verify", json={"token": made_up})
    await client.post("/auth/email/change/confirm", json={"token": made_up})
    reset = {"token": made_up, "new_password": PASSWORD}
    await client.post("/auth/password/reset", json=reset)
    change = {"current_password": PASSWORD, "new_password": CHANGED_PASSWORD}
    await client.post("/auth/password/change", json=change)


async def leave(client: AsyncClient) -> None:
    sent = {"current_password": CHANGED_PASSWORD}
    (await client.request("DELETE", "/users/me", json=sent)).raise_for_status()


async def use_keys(client: AsyncClient) -> None:
    key = (await client.post("/auth/api-keys", json={"name": "a key"})).json()
    await client.get("/auth/api-keys")
    async with new_client() as program:
        await program.get("/users/me", headers={"X-API-Key": key["key"]})
    await client.delete(f"/auth/api-keys/{key['id']}")


async def administrate(client: AsyncClient) -> None:
    for path in ("/users", "/events"):
        page = (await client.get(f"{path}?limit=3")).raise_for_status().json()
        await client.get(f"{path}?cursor={page['next_cursor']}")
    user_id = (await client.get("/users/me")).json()["id"]
    await client.get(f"/events?user_id={user_id}")
    await client.get(f"/events?user_id={user_id}&kind=signed_in")
    await client.get(f"/users/{user_id}")
    await client.delete(f"/users/{user_id}/logins")


def new_client() -> AsyncClient:
    return AsyncClient(transport=ASGITransport(app), base_url="http://localhost:8000")


async def main() -> None:
    # A listener of the usual kind is forgotten when the pool takes the connection back.
    asyncpg.connection.Connection._process_log_message = note
    async with app.router.lifespan_context(app):
        async with new_client() as client:
            sent = {"email": ADA, "password": PASSWORD}
            (await client.post("/auth/register", json=sent)).raise_for_status()
            await sign_in(client, ADA)
            await use_keys(client)
            await use_an_account(client)
            await leave(client)
        async with new_client() as client:
            await operators.create_user(ROOT, PASSWORD, None, ["admin"])
            await sign_in(client, ROOT)
            await administrate(client)
        await operators.purge()


asyncio.run(main())
Path(sys.argv[1]).write_text(json.dumps(plans), encoding="utf-8")
