"""What OpenTelemetry is told of a request, and what not."""

from typing import Any

from fastapi.middleware import Middleware
from httpx2 import ASGITransport, AsyncClient
from opentelemetry.trace import (
    INVALID_SPAN,
    NoOpTracer,
    Span,
    Tracer,
    TracerProvider,
)

from app.tracing import DiscreetApp, QueryString
from tests.conftest import BASE_URL


class Notes(TracerProvider, NoOpTracer):
    """What is told when a request begins."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    def get_tracer(self, *_: Any, **__: Any) -> Tracer:
        return self

    def start_span(self, name: str, *_: Any, **told: Any) -> Span:
        self.told.append(told["attributes"])
        return INVALID_SPAN


async def test_a_trace_has_no_query_string() -> None:
    notes = Notes()
    app = DiscreetApp(
        telemetry={"tracer_provider": notes}, middleware=[Middleware(QueryString)]
    )

    @app.get("/echo")
    async def echo(token: str) -> str:
        return token

    async with AsyncClient(transport=ASGITransport(app), base_url=BASE_URL) as client:
        answer = await client.get("/echo?token=a-secret")

    assert answer.json() == "a-secret"
    assert notes.told[0]["url.path"] == "/echo"
    assert "a-secret" not in str(notes.told)
