"""What Prometheus is told, and that clients cannot add to it without end."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families as families
from starlette.types import Message, Receive, Scope, Send

from app import metrics
from app.main import app
from app.metrics import MeasuredRequests
from app.passwords import cores
from app.services.sign_in import start
from app.store import users
from app.store.database import transaction
from tests.access.signing_in import sign_in
from tests.conftest import BASE_URL
from tests.people import ADA, OTHER_PASSWORD, PASSWORD, register
from tests.serving import served
from tests.test_outages import no_connection_is_free

COUNT = "http_request_duration_seconds_count"


@pytest.fixture
def measured(client: AsyncClient) -> AsyncClient:
    """A client of the service as it is where it is measured."""
    return AsyncClient(
        transport=ASGITransport(MeasuredRequests(app)), base_url=BASE_URL
    )


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0


def routes_told() -> set[str]:
    return {
        sample.labels["route"]
        for metric in metrics.REQUESTS.collect()
        for sample in metric.samples
    }


async def test_by_default_there_is_nothing(client: AsyncClient) -> None:
    assert (await client.get("/metrics")).status_code == 404


def test_where_it_is_not_enabled_nothing_is_measured() -> None:
    app = FastAPI()
    before = list(app.routes)

    metrics.install(app, enabled=False)

    assert (app.routes, app.user_middleware) == (before, [])


async def test_where_it_is_enabled_it_is_there_for_everybody() -> None:
    app = FastAPI()
    metrics.install(app, enabled=True)

    async with AsyncClient(transport=ASGITransport(app), base_url=BASE_URL) as client:
        answer = await client.get(
            "/metrics", headers={"Accept": "text/plain;version=x"}
        )

    assert answer.status_code == 200
    assert "/metrics" not in app.openapi()["paths"]


async def test_only_requests_are_measured() -> None:
    seen = []

    async def note(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    messages = asyncio.Queue[Message]()
    await MeasuredRequests(note)({"type": "lifespan"}, messages.get, messages.put)

    assert seen == ["lifespan"]


async def test_what_is_enabled_is_told_as_text() -> None:
    with served({"METRICS_ENABLED": "true"}) as service:
        async with AsyncClient(base_url=service.url, timeout=60) as client:
            await register(client)
            answer = await client.get("/metrics")
            document = (await client.get("/openapi.json")).json()

    told = {metric.name for metric in families(answer.text)}
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "/metrics" not in document["paths"]
    assert 'route="/auth/register",status="201"' in answer.text
    assert told > {
        "database_connections_in_use",
        "database_connections_max",
        "http_request_duration_seconds",
        "password_hashes_running",
        "password_hashes_waiting",
        "sign_ins",
    }


async def test_requests_are_counted_by_the_template_of_their_path(
    measured: AsyncClient,
) -> None:
    labels = {"method": "GET", "route": "/users/{user_id}", "status": "401"}
    before = value(COUNT, **labels)

    for number in range(3):
        await measured.get(f"/users/{number}")

    assert value(COUNT, **labels) == before + 3


async def test_what_a_client_makes_up_adds_nothing(measured: AsyncClient) -> None:
    labels = {"method": "other", "route": "none", "status": "404"}
    before, known = value(COUNT, **labels), routes_told()

    for number in range(3):
        await measured.request(f"BREW{number}", f"/nowhere/{number}")

    assert value(COUNT, **labels) == before + 3
    assert routes_told() - known <= {"none"}


async def test_who_gets_no_answer_is_counted_too() -> None:
    async def hang_up(scope: Scope, receive: Receive, send: Send) -> None:
        raise ConnectionError

    labels = {"method": "GET", "route": "none", "status": "0"}
    before = value(COUNT, **labels)

    transport = ASGITransport(MeasuredRequests(hang_up), raise_app_exceptions=True)
    async with AsyncClient(transport=transport, base_url=BASE_URL) as client:
        with pytest.raises(ConnectionError):
            await client.get("/")

    assert value(COUNT, **labels) == before + 1


async def test_sign_ins_are_counted_by_their_outcome(client: AsyncClient) -> None:
    outcomes = ("signed_in", "invalid_credentials", "too_many_attempts")
    await register(client)
    before = [value("sign_ins_total", outcome=outcome) for outcome in outcomes]

    await sign_in(client, ADA, PASSWORD)
    for _ in range(6):
        await sign_in(client, ADA, OTHER_PASSWORD)

    after = [value("sign_ins_total", outcome=outcome) for outcome in outcomes]
    assert [b - a for a, b in zip(before, after, strict=True)] == [1, 5, 1]


async def test_a_sign_in_that_is_not_kept_does_not_count(client: AsyncClient) -> None:
    await register(client)
    before = value("sign_ins_total", outcome="signed_in")

    with suppress(ConnectionError):
        async with transaction() as db:
            known = await users.find_credentials(db, ADA)
            assert known
            await start(db, known, uuid4(), "hash", ())
            raise ConnectionError

    assert value("sign_ins_total", outcome="signed_in") == before


async def test_hashes_that_run_are_told(
    client: AsyncClient, while_hashing: Callable[..., None]
) -> None:
    running = []

    async def look() -> None:
        running.append(value("password_hashes_running"))

    while_hashing(look)
    await sign_in(client, ADA, PASSWORD)

    assert running == [1]
    assert value("password_hashes_running") == 0


async def test_hashes_that_wait_for_a_core_are_told(
    client: AsyncClient,
    while_hashing: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting: list[float] = []

    async def look_when_the_other_has_come() -> None:
        await came.wait()
        waiting.append(value("password_hashes_waiting"))

    async def come() -> None:
        signing_in = asyncio.create_task(sign_in(client, ADA, PASSWORD))
        while not signing_in.done():
            await asyncio.sleep(0)
            if value("password_hashes_waiting"):
                came.set()

    came = asyncio.Event()
    while_hashing(look_when_the_other_has_come)
    monkeypatch.setattr(cores, "total_tokens", 1)
    await asyncio.gather(*[come() for _ in range(2)])

    assert waiting == [1, 0]


@pytest.mark.usefixtures("client")
async def test_connections_in_use_are_told() -> None:
    before = value("database_connections_in_use")
    async with transaction() as db:
        await users.find_by_email(db, ADA)
        # Asked by another request than the one whose transaction it is.
        during = Context().run(value, "database_connections_in_use")

    assert (before, during) == (0, 1)
    assert value("database_connections_max") >= 1


@pytest.mark.usefixtures("client")
async def test_a_pool_that_is_used_up_is_told() -> None:
    async with no_connection_is_free():
        assert value("database_connections_in_use") == 1
        assert value("database_connections_max") == 1
