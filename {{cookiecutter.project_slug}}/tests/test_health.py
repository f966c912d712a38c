"""Whether the service runs, whether it can work, and when it does not even start."""

import pytest
from httpx2 import AsyncClient
from starlette.types import Message

from app.main import app
from app.settings import settings
from tests import database
from tests.people import code_of, register


async def test_the_service_runs(client: AsyncClient) -> None:
    answer = await client.get("/health/live")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_the_service_can_work(client: AsyncClient) -> None:
    answer = await client.get("/health/ready")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_without_the_migrations_it_runs_but_cannot_work(
    client: AsyncClient,
) -> None:
    async with database.unmigrated():
        live = await client.get("/health/live")
        ready = await client.get("/health/ready")

    assert live.status_code == 200
    assert code_of(ready) == (503, "unavailable")
    assert (await client.get("/health/ready")).status_code == 200


async def test_while_a_newer_release_takes_over_it_still_works(
    client: AsyncClient,
) -> None:
    async with database.migrated_by_a_newer_release():
        answer = await client.get("/health/ready")

    assert answer.status_code == 200


async def test_a_mistake_of_ours_is_not_taken_for_an_outage(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.routes.health.is_current", lambda: 1 / 0)

    answer = await client.get("/health/ready")

    assert code_of(answer) == (500, "internal_error")


async def test_what_is_live_does_not_touch_the_database(client: AsyncClient) -> None:
    async with database.without(*database.TABLES):
        assert (await client.get("/health/live")).status_code == 200


@pytest.mark.usefixtures("client")
async def test_production_does_not_start_before_the_migrations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "environment", "production")

    async with database.unmigrated():
        told = await start()

    assert told == [
        {
            "type": "lifespan.startup.failed",
            "message": "The schema is not current: run `python -m app migrate`.",
        }
    ]


async def start() -> list[Message]:
    """Start a service that refuses to, and return what it tells the server."""
    told: list[Message] = []

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(message: Message) -> None:
        told.append(message)

    with pytest.raises(SystemExit):
        await app({"type": "lifespan", "state": {}}, receive, send)
    return told


async def test_production_starts_after_the_migrations(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "environment", "production")

    async with app.router.lifespan_context(app):
        assert (await register(client)).status_code == 201
