"""The bearer styles, used over a socket by OAuth clients that others wrote."""

import asyncio
import sys
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuth2Client
from conftest import Bake
from oauthlib.oauth2 import (
    InvalidGrantError,
    InvalidScopeError,
    LegacyApplicationClient,
)
from requests_oauthlib import OAuth2Session
from shell import python
from template import COMBINATIONS, name_of
from test_served import EMAIL, PASSWORD, new_client, register, served

# One for each way that a token is made and checked.
BEARERS = list(
    {
        (answers["token_style"], answers.get("jwt_library")): answers
        for answers in reversed(COMBINATIONS)
        if answers["token_style"] != "session"
    }.values()
)
RENEWABLE = [answers for answers in BEARERS if answers["token_style"] == "jwt"]

CREDENTIALS: dict[str, Any] = {"username": EMAIL, "password": PASSWORD}

renewable = pytest.mark.parametrize("service", RENEWABLE, ids=name_of, indirect=True)


@pytest.fixture(scope="module", params=BEARERS, ids=name_of)
def service(request: pytest.FixtureRequest, bake: Bake) -> Iterator[dict[str, Any]]:
    """What a running service says of itself, where Ada has an account."""
    project = bake(request.param)
    python(project, "-m", "app", "make-env")
    with served(project, sys.executable) as address:
        with new_client(address) as ada:
            register(ada)
        yield discover(address)


@pytest.fixture(autouse=True)
def _plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the loopback, where nobody listens in."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")


def discover(address: str) -> dict[str, Any]:
    answer = httpx2.get(f"{address}/.well-known/oauth-authorization-server")
    metadata: dict[str, Any] = answer.json()
    return metadata


def me(service: dict[str, Any]) -> str:
    return f"{service['issuer']}/users/me"


@pytest.fixture
def requests_session() -> Iterator[OAuth2Session]:
    client = LegacyApplicationClient(client_id="a client")
    with OAuth2Session(client=client) as session:
        yield session


@pytest.fixture
def authlib_client() -> Iterator[OAuth2Client]:
    with OAuth2Client(
        client_id="a client", token_endpoint_auth_method="none"
    ) as client:
        yield client


@pytest.mark.parametrize("how", [{}, {"include_client_id": True}])
def test_requests_oauthlib_signs_in(
    service: dict[str, Any], requests_session: OAuth2Session, how: dict[str, Any]
) -> None:
    token = requests_session.fetch_token(
        service["token_endpoint"], **CREDENTIALS, **how
    )

    assert token["token_type"] == "bearer"
    assert requests_session.get(me(service)).json()["email"] == EMAIL


def test_requests_oauthlib_gives_its_token_back(
    service: dict[str, Any], requests_session: OAuth2Session
) -> None:
    token = requests_session.fetch_token(service["token_endpoint"], **CREDENTIALS)
    url, headers, body = LegacyApplicationClient(
        "a client"
    ).prepare_token_revocation_request(
        service["revocation_endpoint"], token["access_token"]
    )

    answer = requests_session.post(url, data=body, headers=headers)

    assert answer.status_code == 200
    assert requests_session.get(me(service)).status_code == 401


def test_requests_oauthlib_understands_why_it_is_refused(
    service: dict[str, Any], requests_session: OAuth2Session
) -> None:
    wrong = CREDENTIALS | {"password": "another quiet evening"}
    with pytest.raises(InvalidGrantError):
        requests_session.fetch_token(service["token_endpoint"], **wrong)

    with pytest.raises(InvalidScopeError):
        requests_session.fetch_token(
            service["token_endpoint"], **CREDENTIALS, scope=["super"]
        )


@renewable
def test_requests_oauthlib_refreshes_by_itself(
    service: dict[str, Any], requests_session: OAuth2Session
) -> None:
    token = requests_session.fetch_token(service["token_endpoint"], **CREDENTIALS)
    kept: list[dict[str, Any]] = []
    with OAuth2Session(
        client=LegacyApplicationClient("a client"),
        token=token | {"expires_at": 1},
        auto_refresh_url=service["token_endpoint"],
        token_updater=kept.append,
    ) as session:
        assert session.get(me(service)).json()["email"] == EMAIL

    assert kept[0]["refresh_token"] != token["refresh_token"]


@renewable
def test_requests_oauthlib_gives_its_refresh_token_back(
    service: dict[str, Any], requests_session: OAuth2Session
) -> None:
    token = requests_session.fetch_token(service["token_endpoint"], **CREDENTIALS)
    url, headers, body = LegacyApplicationClient(
        "a client"
    ).prepare_token_revocation_request(
        service["revocation_endpoint"], token["refresh_token"], "refresh_token"
    )

    requests_session.post(url, data=body, headers=headers)

    with pytest.raises(InvalidGrantError):
        requests_session.refresh_token(service["token_endpoint"])


def test_authlib_signs_in_and_gives_its_token_back(
    service: dict[str, Any], authlib_client: OAuth2Client
) -> None:
    token = authlib_client.fetch_token(service["token_endpoint"], **CREDENTIALS)
    assert authlib_client.get(me(service)).json()["email"] == EMAIL

    answer = authlib_client.revoke_token(  # type: ignore[no-untyped-call]
        service["revocation_endpoint"], token["access_token"]
    )

    assert answer.status_code == 200
    assert authlib_client.get(me(service)).status_code == 401


def test_authlib_understands_why_it_is_refused(
    service: dict[str, Any], authlib_client: OAuth2Client
) -> None:
    wrong = CREDENTIALS | {"password": "another quiet evening"}

    with pytest.raises(OAuthError, match="invalid_grant"):
        authlib_client.fetch_token(service["token_endpoint"], **wrong)


def test_authlib_with_a_secret_is_told_that_it_has_none(
    service: dict[str, Any],
) -> None:
    with (
        OAuth2Client(client_id="a client", client_secret="a secret") as client,
        pytest.raises(OAuthError, match="invalid_client"),
    ):
        client.fetch_token(service["token_endpoint"], **CREDENTIALS)


@renewable
def test_authlib_refreshes_by_itself(
    service: dict[str, Any], authlib_client: OAuth2Client
) -> None:
    token = authlib_client.fetch_token(service["token_endpoint"], **CREDENTIALS)
    kept: list[dict[str, Any]] = []
    with OAuth2Client(
        client_id="a client",
        token_endpoint_auth_method="none",
        token_endpoint=service["token_endpoint"],
        token=token | {"expires_at": 1},
        update_token=lambda token, **_: kept.append(token),
    ) as client:
        assert client.get(me(service)).json()["email"] == EMAIL

    assert kept[0]["refresh_token"] != token["refresh_token"]


@renewable
def test_authlib_refreshes_once_with_a_token(
    service: dict[str, Any], authlib_client: OAuth2Client
) -> None:
    first = authlib_client.fetch_token(service["token_endpoint"], **CREDENTIALS)
    second = authlib_client.refresh_token(service["token_endpoint"])

    with pytest.raises(OAuthError, match="invalid_grant"):
        authlib_client.refresh_token(
            service["token_endpoint"], refresh_token=first["refresh_token"]
        )

    # Two have had the first one: nobody keeps the login.
    with pytest.raises(OAuthError, match="invalid_grant"):
        authlib_client.refresh_token(
            service["token_endpoint"], refresh_token=second["refresh_token"]
        )
    assert authlib_client.get(me(service)).status_code == 401


def test_authlib_waits_for_answers(service: dict[str, Any]) -> None:
    async def use() -> None:
        async with AsyncOAuth2Client(
            client_id="a client", token_endpoint_auth_method="none"
        ) as client:
            await client.fetch_token(service["token_endpoint"], **CREDENTIALS)
            assert (await client.get(me(service))).json()["email"] == EMAIL

    asyncio.run(use())
