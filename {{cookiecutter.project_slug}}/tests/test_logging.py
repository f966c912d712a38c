"""What the service writes to its log, and what nobody can make it write."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx2
import pytest

from app.log import OF_THE_SERVER, Lines, install
from app.settings import settings
from tests.people import ADA, PASSWORD
from tests.serving import Served, served

SECRET = "s3cr3t-in-a-query"
FORGED = '\r\n{"level": "INFO", "message": "forged"}\r\nINFO forged\x1b[2J\u2028'
PRODUCTION = {
    "ENVIRONMENT": "production",
    "PUBLIC_URL": "https://example.com",
    "MAIL_URL": "",
    "THROTTLE_STORAGE": "",
}

# The handshake of RFC 6455 §1.3.
WEBSOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}


def use(service: Served) -> None:
    """Do what is logged, with what would forge lines wherever a stranger can put it."""
    with httpx2.Client(base_url=service.url, timeout=60) as client:
        client.get("/health/live", params={"token": SECRET})
        client.get(f"/{quote(FORGED)}", params={"token": SECRET})
        client.get("/socket", params={"token": SECRET}, headers=WEBSOCKET)
        client.post("/auth/register", json={"email": ADA, "password": PASSWORD})
        client.post(
            "/auth/login",
            json={"email": ADA, "password": f"wrong{FORGED}"},
            headers={"User-Agent": "curl\t[31m", "X-Request-ID": "from-the-client"},
        )


@pytest.fixture(scope="module")
def readable() -> list[str]:
    """The lines that development writes."""
    with served({"ENVIRONMENT": "development"}) as service:
        use(service)
    return service.lines


@pytest.fixture(scope="module")
def structured() -> list[dict[str, Any]]:
    """The lines that production writes."""
    with served(PRODUCTION) as service:
        use(service)
    # What comes before the app is imported is the server's.
    own = [line for line in service.lines if line.startswith("{")]
    assert len(service.lines) - len(own) <= 1
    return [json.loads(line) for line in own]


def of_logger(lines: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["logger"] == name]


def test_no_line_has_a_query_string(
    readable: list[str], structured: list[dict[str, Any]]
) -> None:
    assert "/health/live" in "".join(readable)
    assert "/socket" in "".join(readable)
    assert "/socket" in json.dumps(structured)
    assert SECRET not in "".join(readable)
    assert SECRET not in json.dumps(structured)


def test_nobody_forges_a_line(readable: list[str]) -> None:
    assert not [line for line in readable if line.startswith(("{", "INFO forged"))]
    assert all(line.rstrip("\n").isprintable() for line in readable)


def test_production_writes_one_object_a_line(structured: list[dict[str, Any]]) -> None:
    for line in structured:
        assert line.keys() >= {"at", "level", "logger", "message", "request_id"}
        assert datetime.fromisoformat(line["at"]).tzinfo
        assert line["message"] != "forged"


def test_a_request_is_logged_with_its_id(structured: list[dict[str, Any]]) -> None:
    requests = of_logger(structured, "uvicorn.access")

    assert len(requests) == 4
    assert requests[-1]["request_id"] == "from-the-client"


def test_an_event_is_logged_with_all_that_is_known(
    structured: list[dict[str, Any]],
) -> None:
    event = of_logger(structured, "audit")[-1]

    assert event["request_id"] == "from-the-client"
    assert event["event"]["ip_address"] == "127.0.0.1"
    assert event["event"]["kind"] == event["message"]


def test_an_event_is_json_in_development_too(readable: list[str]) -> None:
    events = [line for line in readable if " audit " in line]

    assert json.loads(events[-1][events[-1].index("{") :])["ip_address"] == "127.0.0.1"


def test_production_warns_of_what_it_should_not_be_left_with(
    structured: list[dict[str, Any]],
) -> None:
    warnings = [line["logger"] for line in structured if line["level"] == "WARNING"]

    assert warnings == ["app.throttle", "app.passwords", "app.mail.delivery"]


def formatted(message: str, error: Exception | None = None, **more: object) -> str:
    """Return what is written for a record; `more` is what audit records have."""
    record = logging.makeLogRecord(
        {"name": "app.x", "levelname": "ERROR", "msg": message, **more}
    )
    if error:
        record.exc_info = (type(error), error, None)
    return Lines().format(record)


async def test_a_traceback_in_development_is_set_off_from_the_lines() -> None:
    first, *others = formatted(f"lost {FORGED}", ValueError(FORGED)).split("\n")

    assert first.endswith(" ERROR app.x -: lost ")
    assert all(line.startswith("    ") and line.isprintable() for line in others)
    assert "ValueError" in "".join(others)


async def test_a_traceback_in_production_is_a_member(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "environment", "production")

    line = formatted(f"lost {FORGED}", ValueError("too bad"))

    assert line.isprintable()
    assert line.isascii()
    assert json.loads(line)["exception"] == "ValueError: too bad"


@pytest.mark.parametrize("environment", ["development", "production"])
async def test_times_and_ids_of_an_event_are_as_in_answers(
    monkeypatch: pytest.MonkeyPatch, environment: str
) -> None:
    monkeypatch.setattr(settings, "environment", environment)
    event = {"at": datetime(2030, 7, 1, 12, tzinfo=UTC), "id": UUID(int=1)}

    line = formatted("signed_in", event=event)

    assert '{"at": "2030-07-01T12:00:00.000Z"' in line
    assert '"id": "00000000-0000-0000-0000-000000000001"}' in line


@pytest.fixture
def of_the_server() -> Iterator[list[logging.Logger]]:
    """The server's loggers, which are put back as they were."""
    loggers = [logging.getLogger(name) for name in OF_THE_SERVER]
    before = [(each.handlers[:], each.filters[:], each.propagate) for each in loggers]
    yield loggers
    for each, (handlers, filters, propagate) in zip(loggers, before, strict=True):
        each.handlers[:], each.filters[:] = handlers, filters
        each.propagate = propagate


async def test_the_server_logs_as_we_do_or_not_at_all(
    of_the_server: list[logging.Logger],
) -> None:
    server, access = of_the_server
    server.handlers[:], server.propagate = [logging.NullHandler()], False
    access.handlers[:], access.propagate = [], False

    install()

    ours = logging.getLogger().handlers.pop()
    assert isinstance(ours.formatter, Lines)
    assert (server.handlers, server.propagate) == ([], True)
    assert (access.handlers, access.propagate) == ([], False)


async def test_a_line_of_the_server_has_no_query_string(
    of_the_server: list[logging.Logger], caplog: pytest.LogCaptureFixture
) -> None:
    _, access = of_the_server

    request = ("127.0.0.1:1", "GET", f"/verify-email?token={SECRET}", "1.1", 200)
    access.error('%s - "%s %s HTTP/%s" %d', *request)

    assert caplog.messages == ['127.0.0.1:1 - "GET /verify-email HTTP/1.1" 200']
