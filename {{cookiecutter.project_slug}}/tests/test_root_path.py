"""The service below a path of its host, which `PUBLIC_URL` tells."""

import re
from collections.abc import AsyncIterator
from urllib.parse import urljoin

import pytest
from httpx2 import AsyncClient

from tests.serving import served

BELOW = {"PUBLIC_URL": "http://localhost:8000/accounts"}
# For a proxy that cuts the path off: what uvicorn's own option is called here.
CUT_OFF = {**BELOW, "UVICORN_ROOT_PATH": "/accounts"}


@pytest.fixture(scope="module")
async def below() -> AsyncIterator[AsyncClient]:
    with served(BELOW) as service:
        async with AsyncClient(base_url=service.url, timeout=60) as client:
            yield client


def test_it_starts_without_a_warning() -> None:
    with served(BELOW) as service:
        pass

    assert "Warning" not in "".join(service.lines)


async def test_paths_begin_with_it(below: AsyncClient) -> None:
    answer = await below.get("/accounts/users/me")

    assert answer.status_code == 401


async def test_who_watches_the_container_need_not_know_it(below: AsyncClient) -> None:
    assert (await below.get("/health/live")).status_code == 200


async def test_the_api_document_tells_it(below: AsyncClient) -> None:
    document = (await below.get("/accounts/openapi.json")).json()

    assert document["servers"] == [{"url": "/accounts"}]


async def test_the_page_of_the_api_finds_what_it_is_made_of(
    below: AsyncClient,
) -> None:
    page = await below.get("/accounts/docs")
    linked = re.findall(r'(?:src|href)="([^"]+)"', page.text)

    assert len(linked) == 4
    for address in linked:
        served = await below.get(urljoin("/accounts/docs", address))
        assert served.status_code == 200, address


async def test_a_proxy_may_cut_it_off_if_uvicorn_knows() -> None:
    with served(CUT_OFF) as service:
        async with AsyncClient(base_url=service.url, timeout=60) as client:
            document = (await client.get("/openapi.json")).json()
            answer = await client.get("/users/me")

    assert document["servers"] == [{"url": "/accounts"}]
    assert answer.status_code == 401
