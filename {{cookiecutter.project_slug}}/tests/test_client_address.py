"""Which address a request comes from, and whom a forwarded one is believed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi.middleware import Middleware
from httpx2 import AsyncClient, AsyncHTTPTransport
from opentelemetry.trace import NoOpTracerProvider
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from app import client as module
from app.client import address_of
from app.settings import Settings, settings
from app.tracing import DiscreetApp, QueryString
from tests.people import ADA, OTHER_PASSWORD
from tests.serving import served

Trust = Callable[[str], None]


@pytest.fixture
def trust(monkeypatch: pytest.MonkeyPatch) -> Trust:
    """A function that sets `TRUSTED_PROXIES`."""

    def trust(proxies: str) -> None:
        trusted = Settings(trusted_proxies=proxies).trusted_proxies
        monkeypatch.setattr(settings, "trusted_proxies", trusted)
        monkeypatch.setattr(module, "PROXIES", module.networks_of(trusted))

    return trust


def scope_from(peer: str | None, *forwarded: str) -> Scope:
    headers = [(b"x-forwarded-for", each.encode("latin-1")) for each in forwarded]
    return {
        "type": "http",
        "client": (peer, 1234) if peer else None,
        "headers": headers,
    }


async def test_nobody_is_believed_by_default() -> None:
    assert address_of(scope_from("127.0.0.1", "192.0.2.1")) == "127.0.0.1"


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("10.0.0.1", ["192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["6.6.6.6, 192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["6.6.6.6", "192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["192.0.2.1, 10.9.9.9,2001:db8::5"], "192.0.2.1"),
        ("::ffff:10.0.0.1", ["192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["192.0.2.1:5678"], "192.0.2.1"),
        ("10.0.0.1", ["[2001:db8:1::1]:5678"], "2001:db8:1::1"),
        ("10.0.0.1", ["[2001:DB8:1:0::1]"], "2001:db8:1::1"),
        ("10.0.0.1", ["::ffff:192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["fe80::1%<script>"], "fe80::1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["192.0.2.1, nobody"], "10.0.0.1"),
        ("10.0.0.1", ["192.0.2.1, \xff\x1b[31m, 10.0.0.3"], "10.0.0.3"),
        ("192.0.2.9", ["6.6.6.6"], "192.0.2.9"),
        ("192.0.2.9", ["6.6.6.6, 10.0.0.1"], "192.0.2.9"),
        ("a name", ["6.6.6.6"], "a name"),
        (None, ["6.6.6.6"], None),
    ],
)
async def test_a_proxy_is_believed_and_no_one_left_of_a_stranger(
    trust: Trust, peer: str | None, forwarded: list[str], address: str | None
) -> None:
    trust("10.0.0.0/8, 2001:db8::5")

    assert address_of(scope_from(peer, *forwarded)) == address


async def test_a_proxy_may_call_over_a_unix_socket(trust: Trust) -> None:
    trust("unix")

    assert address_of(scope_from(None, "192.0.2.1")) == "192.0.2.1"
    assert address_of(scope_from("127.0.0.1", "192.0.2.1")) == "127.0.0.1"


@pytest.mark.parametrize("proxies", ["localhost", "10.0.0.1/8", "*"])
async def test_a_proxy_that_is_no_network_is_named(proxies: str) -> None:
    with pytest.raises(ValueError, match="trusted_proxies"):
        Settings(trusted_proxies=proxies)


async def tell_address(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(str(address_of(scope)))(scope, receive, send)


def telling_app(telemetry: bool = False) -> DiscreetApp:
    """Return an app that tells everybody their address."""
    app = DiscreetApp(
        telemetry={"tracer_provider": NoOpTracerProvider()} if telemetry else None,
        middleware=[Middleware(QueryString)],
    )
    app.mount("/", tell_address)
    return app


@asynccontextmanager
async def uvicorn_at(
    telemetry: bool = False, **options: Any
) -> AsyncIterator[uvicorn.Server]:
    """Serve it with uvicorn as it is."""
    config = uvicorn.Config(
        telling_app(telemetry), log_config=None, lifespan="off", **options
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not (server.started or running.done()):  # noqa: ASYNC110  # it tells in no other way
        await asyncio.sleep(0)
    yield server
    server.should_exit = True
    await running


@pytest.mark.parametrize("telemetry", [False, True], ids=["", "traced"])
@pytest.mark.parametrize("http", ["h11", "httptools"])
@pytest.mark.parametrize(
    "forwarded", ["6.6.6.6", "6.6.6.6:1234", "6.6.6.6, 7.7.7.7", "nobody", ""]
)
async def test_uvicorn_believes_this_machine_and_we_do_not(
    http: str, forwarded: str, telemetry: bool
) -> None:
    async with uvicorn_at(telemetry, port=0, http=http) as server:
        port = server.servers[0].sockets[0].getsockname()[1]
        async with AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=60
        ) as client:
            answer = await client.get("/", headers={"X-Forwarded-For": forwarded})

    assert answer.text == "127.0.0.1"


async def test_a_proxy_on_this_machine_is_believed_if_it_is_trusted(
    trust: Trust,
) -> None:
    trust("127.0.0.1")

    async with uvicorn_at(port=0) as server:
        port = server.servers[0].sockets[0].getsockname()[1]
        async with AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=60
        ) as client:
            forwarded = {"X-Forwarded-For": "6.6.6.6, 192.0.2.1"}
            answer = await client.get("/", headers=forwarded)

    assert answer.text == "192.0.2.1"


async def test_nobody_has_an_address_over_a_unix_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")

    async with (
        uvicorn_at(uds=path),
        AsyncClient(transport=AsyncHTTPTransport(uds=path), timeout=60) as client,
    ):
        answer = await client.get("http://service/", headers={"X-Forwarded-For": "::1"})

    assert answer.text == "None"


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["6.6.6.6"], "192.0.2.1"),
        ("6.6.6.6", ["6.6.6.6"], None),
        (None, ["6.6.6.6"], None),
    ],
)
async def test_a_server_that_hides_its_connection_is_not_believed(
    peer: str | None, forwarded: list[str], address: str | None
) -> None:
    scope = scope_from(peer, *forwarded)

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    asked = {"method": "GET", "path": "/", "query_string": b"", **scope}
    await telling_app()(asked, asyncio.Queue[Message]().get, send)

    assert sent[-1]["body"].decode() == str(address)


async def test_another_forwarded_address_each_time_is_no_way_around_the_limit() -> None:
    content = {"email": ADA, "password": OTHER_PASSWORD}

    with served({}) as service:
        async with AsyncClient(base_url=service.url, timeout=60) as client:
            answers = [
                await client.post(
                    "/auth/login",
                    json=content,
                    headers={"X-Forwarded-For": f"192.0.2.{number}:{number}"},
                )
                for number in range(1, 8)
            ]

    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 2
