"""The headers that every answer has."""

from uuid import UUID

import pytest
from httpx2 import AsyncClient, Response

from app.settings import settings
from tests import database
from tests.people import ADA, register


async def answers_of_every_kind(client: AsyncClient) -> list[Response]:
    """Return answers with status 200, 201, 401, 404, 405, 409, 413, 422 and 500."""
    answers = [
        await client.get("/health/live"),
        await register(client, ADA),
        await client.get("/users/me"),
        await client.get("/nowhere"),
        await client.put("/auth/register"),
        await register(client, ADA),
        await client.post("/auth/register", content=b" " * 70_000),
        await client.post("/auth/register", json={}),
    ]
    async with database.without("users"):
        return [*answers, await register(client, ADA)]


async def test_every_answer_keeps_browsers_careful(client: AsyncClient) -> None:
    answers = await answers_of_every_kind(client)

    statuses = [answer.status_code for answer in answers]
    assert statuses == [200, 201, 401, 404, 405, 409, 413, 422, 500]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert UUID(answer.headers["x-request-id"])


async def test_production_is_reached_over_https_alone(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "environment", "production")

    for answer in await answers_of_every_kind(client):
        assert answer.headers["strict-transport-security"] == "max-age=31536000"


async def test_development_may_be_reached_without(client: AsyncClient) -> None:
    answer = await client.get("/health/live")

    assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/auth/register"),
        ("POST", "/auth/login"),
        ("GET", "/auth/logins"),
        ("GET", "/users/me"),
        ("PATCH", "/users/me"),
        ("GET", "/users"),
        ("GET", "/auth/nowhere"),
    ],
)
async def test_what_is_about_somebody_is_kept_nowhere(
    ada: AsyncClient, method: str, path: str
) -> None:
    answer = await ada.request(method, path, json={"name": "Ada"})

    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("sent", ["1", "Az09-_.", "x" * 128])
async def test_a_request_keeps_the_id_that_its_client_gave_it(
    client: AsyncClient, sent: str
) -> None:
    answer = await client.get("/health/live", headers={"X-Request-ID": sent})

    assert answer.headers.get_list("x-request-id") == [sent]


@pytest.mark.parametrize(
    "sent", ["", "x" * 129, "a b", "a\tb", "caf\xe9", "a/b", "<b>", "a\x00b", "1\n"]
)
async def test_an_id_that_could_forge_a_log_is_replaced(
    client: AsyncClient, sent: str
) -> None:
    headers = {b"X-Request-ID": sent.encode("latin-1")}

    answer = await client.get("/health/live", headers=headers)

    assert UUID(answer.headers["x-request-id"])


async def test_each_request_has_an_id_of_its_own(client: AsyncClient) -> None:
    answers = [await client.get("/health/live") for _ in range(3)]

    assert len({answer.headers["x-request-id"] for answer in answers}) == 3
