"""Which other sites' pages may read what the service answers."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient, Response

from app import cors
from app.settings import Settings, settings
from tests.conftest import BASE_URL
from tests.people import register
from tests.serving import served

OURS, THEIRS = "https://app.example.com", "https://evil.example"
ALLOWED = "access-control-allow-origin"


@pytest.fixture(scope="module")
async def allowing() -> AsyncIterator[AsyncClient]:
    """A client of a service that lets in the pages of one other site."""
    with served({"CORS_ORIGINS": f"{OURS}, http://localhost:3000"}) as service:
        async with AsyncClient(base_url=service.url, timeout=60) as client:
            yield client


async def ask_for_leave(client: AsyncClient, origin: str) -> Response:
    """Ask as a browser does before it sends what a page wants it to."""
    return await client.options(
        "/auth/login",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, content-type",
        },
    )


async def test_by_default_no_other_site_reads_anything(client: AsyncClient) -> None:
    answer = await client.get("/users/me", headers={"Origin": OURS})

    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_what_is_set_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "cors_origins", (OURS,))
    app = FastAPI()

    cors.install(app, credentials=False)

    async with AsyncClient(transport=ASGITransport(app), base_url=BASE_URL) as client:
        answer = await client.get("/", headers={"Origin": OURS})
    assert answer.headers[ALLOWED] == OURS


@pytest.mark.parametrize("origin", [OURS, "http://localhost:3000"])
async def test_a_site_that_is_named_reads_answers(
    allowing: AsyncClient, origin: str
) -> None:
    leave = await ask_for_leave(allowing, origin)
    answer = await allowing.get("/users/me", headers={"Origin": origin})

    assert (leave.status_code, leave.headers[ALLOWED]) == (200, origin)
    assert "authorization" in leave.headers["access-control-allow-headers"]
    assert (answer.status_code, answer.headers[ALLOWED]) == (401, origin)
    assert "X-Request-ID" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize(
    "origin", [THEIRS, f"{OURS}.evil.example", "http://app.example.com", "null"]
)
async def test_another_site_does_not(allowing: AsyncClient, origin: str) -> None:
    leave = await ask_for_leave(allowing, origin)
    answer = await allowing.get("/users/me", headers={"Origin": origin})

    assert leave.status_code == 400
    assert ALLOWED not in leave.headers
    assert ALLOWED not in answer.headers


async def test_who_comes_from_nowhere_is_answered_as_ever(
    allowing: AsyncClient,
) -> None:
    assert (await register(allowing)).status_code == 201


async def test_origins_are_apart_by_commas() -> None:
    settings = Settings(cors_origins=f"{OURS}, http://localhost:3000, *")

    assert settings.cors_origins == (OURS, "http://localhost:3000", "*")


@pytest.mark.parametrize(
    "origins",
    ["example.com", "https://example.com/", "https://Example.com", "https://*", "null"],
)
async def test_what_is_no_origin_is_named(origins: str) -> None:
    with pytest.raises(ValueError, match="cors_origins"):
        Settings(cors_origins=origins)
