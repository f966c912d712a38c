"""Traces, sent where the environment says, as the README of a project has it."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread

import httpx2
import pytest
from conftest import Bake
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from shell import run
from template import COMBINATIONS, name_of
from test_served import served

SETTING = re.compile(r"^    ([A-Z_]+)=(\S+)", re.MULTILINE)


class Collector(HTTPServer):
    """What takes traces, as OTLP over HTTP."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Take)
        self.requests: Queue[ExportTraceServiceRequest] = Queue()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def spans(self) -> Iterator[Span]:
        """Give what comes, until nothing did for a while."""
        while True:
            for resource in self.requests.get(timeout=20).resource_spans:
                for scope in resource.scope_spans:
                    yield from scope.spans


class Take(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v1/traces":
            self.server.requests.put(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def settings_in(readme: Path) -> dict[str, str]:
    """Return what the README says to set."""
    _, _, section = readme.read_text(encoding="utf-8").partition("OpenTelemetry")
    return dict(SETTING.findall(section))


@pytest.mark.parametrize("answers", COMBINATIONS[:1], ids=name_of)
def test_a_request_is_traced_by_the_template_of_its_path(
    answers: dict[str, str], bake: Bake
) -> None:
    project = bake(answers)
    run(project, sys.executable, "-m", "app", "make-env")
    settings = settings_in(project / "README.md")

    with collector() as traces:
        assert settings["OTEL_EXPORTER_OTLP_ENDPOINT"].endswith(":4318")
        settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = traces.url
        settings["OTEL_BSP_SCHEDULE_DELAY"] = "100"
        with served(project, sys.executable, environment=settings) as address:
            httpx2.get(f"{address}/users/1234?token=a-secret")
            span = next(it for it in traces.spans() if "/users/" in it.name)

    assert span.name == "GET /users/{user_id}"
    assert b"/users/1234" in span.SerializeToString()
    assert b"a-secret" not in span.SerializeToString()
