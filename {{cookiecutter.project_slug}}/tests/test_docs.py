"""The page that describes the API."""

import re
from pathlib import Path
from urllib.parse import urljoin

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient, Response

from app import docs
from app.settings import Settings
from tests.serving import served

PRODUCTION = {"ENVIRONMENT": "production", "PUBLIC_URL": "https://example.com"}


async def load(client: AsyncClient) -> list[Response]:
    """Return the answers for the page and for all that it links to."""
    page = await client.get("/docs")
    linked = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    return [page, *[await client.get(urljoin("/docs", it)) for it in linked]]


async def test_the_page_loads_only_what_the_service_serves(client: AsyncClient) -> None:
    answers = await load(client)

    assert [answer.status_code for answer in answers] == [200] * 5
    assert {answer.url.host for answer in answers} == {client.base_url.host}


async def test_the_page_may_load_nothing_from_elsewhere(client: AsyncClient) -> None:
    policy = (await client.get("/docs")).headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"https?:|\*", policy)


async def test_an_api_key_signs_in_wherever_something_else_does(
    client: AsyncClient,
) -> None:
    document = (await client.get("/openapi.json")).json()
    protected = document["paths"]["/users/me"]["get"]["security"]

    assert len(protected) == 2
    assert {"API key": []} in protected


async def test_every_problem_is_described(client: AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    described = document["paths"]["/users/me"]["get"]["responses"]["4XX"]

    assert set(described["content"]) == {"application/problem+json"}


def test_where_it_is_not_shown_there_is_no_page() -> None:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    docs.install(app, shown=False)

    assert app.routes == []


async def test_production_serves_it_when_asked() -> None:
    with served({**PRODUCTION, "DOCS": "true"}) as service:
        async with AsyncClient(base_url=service.url, timeout=60) as client:
            answers = [*await load(client), await client.get("/openapi.json")]

    assert [answer.status_code for answer in answers] == [200] * 6


@pytest.mark.parametrize(
    ("environment", "asked", "shown"),
    [
        ("development", None, True),
        ("development", False, False),
        ("production", None, False),
        ("production", True, True),
    ],
)
def test_production_shows_it_only_when_asked(
    environment: str, asked: bool | None, shown: bool, tmp_path: Path
) -> None:
    settings = Settings.model_validate(
        {
            "environment": environment,
            "docs": asked,
            "public_url": "https://example.com",
            "database_url": f"sqlite:///{tmp_path}/app.db",
        }
    )

    assert settings.shows_docs is shown
