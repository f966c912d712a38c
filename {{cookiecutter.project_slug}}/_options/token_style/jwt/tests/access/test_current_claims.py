"""A route that trusts the claims alone: fast, and not the first to know."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from pydantic import BaseModel

from app.access.bearer import add_challenges
from app.access.current_claims import CurrentClaims
from app.errors import InsufficientScope
from app.refusals import add_refusals
from tests.access.signing_in import carry, credential
from tests.conftest import BASE_URL
from tests.people import code_of, id_of

reports = FastAPI()
add_challenges(reports)
add_refusals(reports)


@reports.get("/reports")
async def read_reports(claims: CurrentClaims) -> str:
    if "admin" not in claims.scope.split():
        raise InsufficientScope("admin")
    return str(claims.sub)


class Report(BaseModel):
    text: str


@reports.post("/reports")
async def write_report(report: Report, claims: CurrentClaims) -> str:
    return f"{claims.sub}: {report.text}"


@pytest.fixture
async def elsewhere() -> AsyncIterator[AsyncClient]:
    """A client of a service that has the keys, and no database."""
    transport = ASGITransport(reports)
    async with AsyncClient(transport=transport, base_url=BASE_URL) as client:
        yield client


async def test_a_route_knows_who_calls(
    elsewhere: AsyncClient, admin: AsyncClient
) -> None:
    carry(elsewhere, credential(admin))

    assert (await elsewhere.get("/reports")).json() == await id_of(admin)


async def test_a_route_asks_for_a_scope(
    elsewhere: AsyncClient, ada: AsyncClient
) -> None:
    carry(elsewhere, credential(ada))

    assert code_of(await elsewhere.get("/reports")) == (403, "insufficient_scope")


async def test_a_route_refuses_who_is_not_signed_in(elsewhere: AsyncClient) -> None:
    assert code_of(await elsewhere.get("/reports")) == (401, "not_authenticated")


async def test_a_route_refuses_a_bad_token(elsewhere: AsyncClient) -> None:
    carry(elsewhere, "bad")

    answer = await elsewhere.get("/reports")

    assert code_of(answer) == (401, "not_authenticated")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_a_route_asks_who_calls_before_it_looks_at_the_body(
    elsewhere: AsyncClient, ada: AsyncClient
) -> None:
    headers = {"Content-Type": "application/json"}
    bodies = ["{", "{}", '{"text": 1}', "[" * 10_000]

    for body in bodies:
        answer = await elsewhere.post("/reports", content=body, headers=headers)
        assert code_of(answer) == (401, "not_authenticated")

    carry(elsewhere, credential(ada))
    for body in bodies:
        answer = await elsewhere.post("/reports", content=body, headers=headers)
        assert code_of(answer) == (422, "validation_error")
    answer = await elsewhere.post("/reports", json={"text": "fine"})
    assert answer.json() == f"{await id_of(ada)}: fine"


async def test_two_credentials_are_refused(
    elsewhere: AsyncClient, ada: AsyncClient
) -> None:
    carry(elsewhere, credential(ada))

    answer = await elsewhere.get("/reports", headers={"X-API-Key": "ak_x"})

    assert code_of(answer) == (400, "invalid_request")


async def test_an_api_key_has_no_claims(elsewhere: AsyncClient) -> None:
    answer = await elsewhere.get("/reports", headers={"X-API-Key": "ak_x"})

    assert code_of(answer) == (401, "not_authenticated")


async def test_what_changes_in_the_database_is_noticed_at_the_next_token(
    elsewhere: AsyncClient, admin: AsyncClient
) -> None:
    carry(elsewhere, credential(admin))

    await admin.post("/auth/logout")

    assert (await admin.get("/users/me")).status_code == 401
    assert (await elsewhere.get("/reports")).status_code == 200


def test_it_is_described_like_any_route_that_asks_who_calls() -> None:
    operation = reports.openapi()["paths"]["/reports"]["get"]

    assert operation["security"] == [{"password": []}]
