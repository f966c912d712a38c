"""What an access token says: RFC 9068."""

from datetime import datetime
from pathlib import Path

import pytest
from httpx2 import AsyncClient
from time_machine import Traveller

from app.access.settings import jwt_settings
from app.settings import settings
from tests import database
from tests.access.forging import Json, part
from tests.access.signing_in import carry, credential, sign_in
from tests.access.signing_keys import ALGORITHMS, new_key, serve_with
from tests.conftest import NOON, add_account
from tests.people import ADA, PASSWORD, id_of

NOW = int(NOON.timestamp())


@pytest.fixture
async def claims(clock: Traveller, ada: AsyncClient) -> Json:
    return part(credential(ada), 1)


async def test_it_says_who_it_is_from_and_for(claims: Json) -> None:
    assert claims["iss"] == settings.public_url
    assert claims["aud"] == settings.public_url
    assert claims["client_id"] == "first-party"


async def test_it_says_whose_it_is(claims: Json, ada: AsyncClient) -> None:
    login = (await ada.get("/auth/logins")).json()[0]

    assert claims["sub"] == await id_of(ada)
    assert claims["sid"] == login["id"]
    assert claims["scope"] == "authenticated"


async def test_it_lasts_ten_minutes(claims: Json) -> None:
    assert claims["iat"] == NOW
    assert claims["exp"] == NOW + 600


async def test_it_says_nothing_else(claims: Json) -> None:
    names = "iss aud sub iat exp jti sid scope client_id"

    assert set(claims) == set(names.split())


async def test_it_says_nothing_of_the_person(ada: AsyncClient) -> None:
    token = credential(ada)

    assert ADA not in f"{part(token, 0)}{part(token, 1)}"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_its_header_says_type_algorithm_and_key(
    client: AsyncClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    algorithm: str,
) -> None:
    key = new_key(algorithm, tmp_path)
    serve_with(monkeypatch, key)
    await add_account(ADA)

    await sign_in(client, ADA, PASSWORD)

    header = part(credential(client), 0)
    assert header == {"typ": "at+jwt", "alg": algorithm, "kid": key.kid}


async def test_each_has_an_id_of_its_own(client: AsyncClient) -> None:
    await add_account(ADA)

    ids = set()
    for _ in range(5):
        await sign_in(client, ADA, PASSWORD)
        ids.add(part(credential(client), 1)["jti"])

    assert len(ids) == 5


async def test_the_answer_tells_how_long_it_lasts(client: AsyncClient) -> None:
    await add_account(ADA)

    answer = await sign_in(client, ADA, PASSWORD)

    assert answer.json()["expires_in"] == 600


async def test_how_long_it_lasts_and_whom_it_is_for_are_settings(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwt_settings, "access_token_minutes", 1)
    monkeypatch.setattr(jwt_settings, "jwt_audience", "https://api.example.com")
    await add_account(ADA)

    answer = await sign_in(client, ADA, PASSWORD)

    assert answer.json()["expires_in"] == 60
    assert part(credential(client), 1)["aud"] == "https://api.example.com"
    assert (await client.get("/users/me")).status_code == 200


async def test_it_lasts_no_longer_than_its_login(
    client: AsyncClient, clock: Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwt_settings, "access_token_minutes", 60 * 24 * 365)
    await add_account(ADA)

    await sign_in(client, ADA, PASSWORD)

    login = (await client.get("/auth/logins")).json()[0]
    end = datetime.fromisoformat(login["expires_at"])
    assert part(credential(client), 1)["exp"] == int(end.timestamp())


async def test_it_ends_with_its_login(client: AsyncClient, ada: AsyncClient) -> None:
    carry(client, credential(ada))

    await ada.post("/auth/logout")

    assert (await client.get("/users/me")).status_code == 401


async def test_it_is_of_an_account_not_of_an_address(
    client: AsyncClient, ada: AsyncClient
) -> None:
    carry(client, credential(ada))
    content = {"current_password": PASSWORD}
    await ada.request("DELETE", "/users/me", json=content)

    await add_account(ADA)

    assert (await client.get("/users/me")).status_code == 401


async def test_a_scope_that_is_taken_is_gone_while_it_lasts(
    root: AsyncClient, admin: AsyncClient
) -> None:
    who = f"/users/{await id_of(admin)}"

    await root.patch(who, json={"scopes": []})

    assert part(credential(admin), 1)["scope"] == "admin authenticated"
    assert (await admin.get("/users")).status_code == 403


async def test_no_token_is_in_the_database(client: AsyncClient) -> None:
    await add_account(ADA)
    tokens = (await sign_in(client, ADA, PASSWORD)).json()

    rows = await database.dump()

    refresh_secret = tokens["refresh_token"][-43:]
    for secret in [*tokens["access_token"].split(".")[1:], refresh_secret]:
        assert secret not in rows
