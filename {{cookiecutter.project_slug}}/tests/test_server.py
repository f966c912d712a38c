"""The service as it is served: what only shows over a real connection."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from urllib.parse import urlsplit

import pytest
from httpx2 import AsyncClient

from tests import database
from tests.access.signing_in import sign_in
from tests.people import ADA, PASSWORD, register
from tests.serving import Served, refused, served

# What a hash costs in production, or more.
COSTLY_HASHES = {"PASSWORD_HASH_ROUNDS": "12"}
PRODUCTION = {"ENVIRONMENT": "production", "PUBLIC_URL": "https://example.com"}
AT_ONCE = 8


@pytest.fixture(scope="module")
async def database_url(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[str]:
    async with database.one_more(tmp_path_factory.mktemp("database")) as url:
        yield url


@pytest.fixture(scope="module")
async def service(database_url: str) -> AsyncIterator[Served]:
    with served({"DATABASE_URL": database_url, **COSTLY_HASHES}) as service:
        yield service


async def test_what_was_answered_is_there_for_everybody(service: Served) -> None:
    async with (
        AsyncClient(base_url=service.url, timeout=60) as writer,
        AsyncClient(base_url=service.url, timeout=60) as reader,
    ):
        await register(writer)
        await sign_in(writer, ADA, PASSWORD)
        await sign_in(reader, ADA, PASSWORD)

        for number in range(200):
            await writer.patch("/users/me", json={"name": f"Ada {number}"})
            read = await reader.get("/users/me")

            assert read.json()["name"] == f"Ada {number}"


async def test_hashes_hold_up_nobody_else(service: Served) -> None:
    async with AsyncClient(base_url=service.url, timeout=60) as client:
        strangers = [f"stranger{number}@example.com" for number in range(AT_ONCE)]
        signing_in = asyncio.gather(
            *[sign_in(client, stranger, PASSWORD) for stranger in strangers]
        )
        waits = []
        while not signing_in.done():
            started = time.perf_counter()
            assert (await client.get("/health/live")).status_code == 200
            waits.append(time.perf_counter() - started)

    assert {answer.status_code for answer in await signing_in} == {401}
    # Were they in its way, nearly all the time would be waits as long as a hash.
    half_a_hash = sum(waits) / AT_ONCE / 2
    assert sum(wait for wait in waits if wait > half_a_hash) < sum(waits) / 2


async def test_what_is_under_way_when_it_stops_is_finished(database_url: str) -> None:
    with served({"DATABASE_URL": database_url}) as service:
        connection = connect(service.url)
        with closing(connection):
            body = b'{"email": "nobody@example.com", "password": "' + b"x" * 20 + b'"}'
            connection.sendall(
                b"POST /auth/login HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Type: application/json\r\nExpect: 100-continue\r\n"
                b"Content-Length: %d\r\n\r\n" % len(body)
            )
            # The service asks for the body: the request is under way.
            assert b"100 Continue" in connection.recv(1000)
            service.process.terminate()
            await until_it_takes_no_more(service.url)

            connection.sendall(body)

            assert connection.recv(1000).startswith(b"HTTP/1.1 401")
    assert "Traceback" not in "".join(service.lines)


async def test_what_takes_too_long_when_it_stops_is_to_be_tried_again(
    database_url: str,
) -> None:
    environment = {"UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN": "1"}
    with served({"DATABASE_URL": database_url, **environment}) as service:
        connection = connect(service.url)
        with closing(connection):
            connection.sendall(
                b"POST /auth/login HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Type: application/json\r\nExpect: 100-continue\r\n"
                b"Content-Length: 100\r\n\r\n"
            )
            assert b"100 Continue" in connection.recv(1000)
            service.process.terminate()

            answer = connection.recv(1000)

    assert answer.startswith(b"HTTP/1.1 503")
    assert b"retry-after: " in answer.lower()
    assert "Traceback" not in "".join(service.lines)


def connect(url: str) -> socket.socket:
    place = urlsplit(url)
    return socket.create_connection((place.hostname, place.port), timeout=60)


async def until_it_takes_no_more(url: str) -> None:
    with suppress(ConnectionError):
        while True:
            await asyncio.sleep(0.01)
            connect(url).close()


def test_production_says_that_the_database_cannot_be_reached() -> None:
    environment = {"DATABASE_URL": "postgresql://127.0.0.1:1/nothing", **PRODUCTION}

    code, told = refused(environment)

    assert code != 0
    assert len([it for it in told.splitlines() if "cannot be reached" in it]) == 1
    assert "Traceback" not in told


async def test_production_waits_for_the_migrations(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    async with database.one_more(tmp_path_factory.mktemp("release")) as url:
        environment = {"DATABASE_URL": url, **PRODUCTION}
        code, told = refused(environment)

        with served(environment) as service:
            async with AsyncClient(base_url=service.url, timeout=60) as client:
                ready = await client.get("/health/ready")
                docs = [await client.get(path) for path in ("/docs", "/openapi.json")]

    assert code != 0
    assert len([it for it in told.splitlines() if "python -m app migrate" in it]) == 1
    assert "Traceback" not in told
    assert (ready.status_code, ready.json()) == (200, {"status": "ok"})
    # Nobody asked for them.
    assert [answer.status_code for answer in docs] == [404, 404]
