"""While the database is away: an answer that says so, and when to try again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from httpx2 import AsyncClient

from app import drivers
from app.drivers import is_away
from app.settings import settings
from app.store import database as module
from tests.access.signing_in import sign_in
from tests.people import ADA, PASSWORD, code_of, register
from tests.small_server import URL, it_hangs_up, it_shuts_down, small_server
from tests.store.connecting import ask_writer, connected_to


@asynccontextmanager
async def nobody_is_there() -> AsyncIterator[None]:
    async with connected_to(URL.format(1)):
        yield


@asynccontextmanager
async def no_connection_is_free() -> AsyncIterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "database_pool_size", 1)
        patch.setattr(module, "POOL_TIMEOUT", 0.1)
        async with (
            small_server(hangs_up=False) as server,
            connected_to(URL.format(server.port)),
        ):
            holds_it = asyncio.create_task(ask_writer("SELECT 1"))
            await server.asked.wait()
            yield
            server.hang_up()
            await asyncio.wait([holds_it])
            assert is_away(holds_it.exception())


Outage = Callable[[], AbstractAsyncContextManager[None]]

each_outage = pytest.mark.parametrize(
    "outage", [nobody_is_there, it_hangs_up, it_shuts_down, no_connection_is_free]
)


@each_outage
async def test_who_is_signed_in_is_told_to_try_again(
    ada: AsyncClient, outage: Outage
) -> None:
    async with outage():
        answer = await ada.get("/users/me")

    assert code_of(answer) == (503, "unavailable")
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    assert (await ada.get("/users/me")).status_code == 200


async def test_a_connection_that_is_dead_holds_nobody_up_for_ever(
    ada: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        small_server(hangs_up=False) as server,
        connected_to(URL.format(server.port)),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(drivers, "LOOK_UP_TIMEOUT", 0.5)
            paths = ["/users/me", "/health/ready"] * 3
            answers = await asyncio.gather(*[ada.get(path) for path in paths])

    assert {code_of(answer) for answer in answers} == {(503, "unavailable")}
    assert (await ada.get("/users/me")).status_code == 200


@each_outage
async def test_who_signs_in_is_told_to_try_again(
    client: AsyncClient, outage: Outage
) -> None:
    await register(client)

    async with outage():
        answers = [await sign_in(client, ADA, PASSWORD) for _ in range(6)]

    assert {code_of(answer) for answer in answers} == {(503, "unavailable")}
    # None of them counts as a wrong password.
    assert (await sign_in(client, ADA, PASSWORD)).status_code == 200


@each_outage
async def test_it_is_not_ready(client: AsyncClient, outage: Outage) -> None:
    async with outage():
        live = await client.get("/health/live")
        ready = await client.get("/health/ready")

    assert code_of(ready) == (503, "unavailable")
    assert int(ready.headers["retry-after"]) > 0
    assert live.status_code == 200


async def test_the_log_says_so_in_one_line(
    client: AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    async with nobody_is_there():
        await register(client)

    (record,) = [it for it in caplog.records if it.levelname == "ERROR"]
    assert "POST /auth/register failed while the database is away" in record.message
    assert record.exc_info is None
