"""The page that describes the API."""

import re
from pathlib import Path
from urllib.parse import urljoin

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from app import docs
from app.settings import Settings


async def test_the_page_loads_only_what_the_service_serves(client: AsyncClient) -> None:
    page = await client.get("/docs")
    linked = re.findall(r'(?:src|href)="([^"]+)"', page.text)

    assert len(linked) == 4
    for address in linked:
        served = await client.get(urljoin("/docs", address))
        assert served.status_code == 200, address


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
