"""A second service, which verifies tokens by the published keys and a library of its own."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest
from authlib.oauth2.rfc6750.errors import InvalidTokenError
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from conftest import Bake
from joserfc.jwk import KeySet
from ports import free_port
from shell import python
from template import name_of
from test_real_clients import CREDENTIALS, RENEWABLE, discover
from test_served import new_client, register, served

AUDIENCE = "https://reports.example.com"

Verify = Callable[[dict[str, Any], str], dict[str, Any]]


def verify_by_pyjwt(service: dict[str, Any], token: str) -> dict[str, Any]:
    key = jwt.PyJWKClient(service["jwks_uri"]).get_signing_key_from_jwt(token)
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        ["ES256"],
        audience=AUDIENCE,
        issuer=service["issuer"],
        options={"require": ["exp", "iat", "iss", "aud", "sub", "jti"]},
    )
    return claims


def verify_by_authlib(service: dict[str, Any], token: str) -> dict[str, Any]:
    class Validator(JWTBearerTokenValidator):
        def get_jwks(self) -> KeySet:
            return KeySet.import_key_set(httpx2.get(service["jwks_uri"]).json())

    validator = Validator(service["issuer"], AUDIENCE)
    claims = validator.authenticate_token(token)
    validator.validate_token(claims, ["authenticated"], None)
    return dict(claims)


VERIFIERS = [verify_by_pyjwt, verify_by_authlib]
REFUSED = (jwt.PyJWKClientError, jwt.InvalidTokenError, InvalidTokenError, ValueError)


@pytest.fixture(params=RENEWABLE, ids=name_of)
def project(request: pytest.FixtureRequest, bake: Bake) -> Path:
    project = bake(request.param)
    for name in ("old.pem", "new.pem"):
        python(project, "-m", "app", "make-key", name)
    return project


def use_keys(project: Path, keys: str) -> None:
    lines = ["JWT_ALGORITHM=ES256", f"JWT_KEYS={keys}", f"JWT_AUDIENCE={AUDIENCE}"]
    (project / ".env").write_text("\n".join(lines), encoding="utf-8")


def ask_for_token(service: dict[str, Any], **form: str) -> dict[str, Any]:
    answer = httpx2.post(service["token_endpoint"], data=form, timeout=60)
    assert answer.status_code == 200, answer.text
    token: dict[str, Any] = answer.json()
    return token


def is_verified(verify: Verify, service: dict[str, Any], token: str) -> bool:
    try:
        verify(service, token)
    except REFUSED:
        return False
    return True


def is_believed(service: dict[str, Any], token: str) -> list[bool]:
    """Whether each second service verifies a token, and this one lets it in."""
    verified = [is_verified(verify, service, token) for verify in VERIFIERS]
    header = {"Authorization": f"Bearer {token}"}
    answer = httpx2.get(f"{service['issuer']}/users/me", headers=header)
    return [*verified, answer.is_success]


def test_other_services_verify_tokens_while_keys_are_changed(project: Path) -> None:
    port = free_port()

    use_keys(project, "old.pem")
    with served(project, sys.executable, port) as address:
        service = discover(address)
        with new_client(address) as ada:
            user = register(ada)
        old = ask_for_token(service, grant_type="password", **CREDENTIALS)
        for verify in VERIFIERS:
            claims = verify(service, old["access_token"])
            assert claims["sub"] == user["id"]
            assert claims["scope"] == "authenticated"
            assert not is_verified(verify, service, forged(old["access_token"]))

    # The new key in front: it signs, and what the old one signed is still good.
    use_keys(project, "new.pem,old.pem")
    with served(project, sys.executable, port):
        new = ask_for_token(service, grant_type="password", **CREDENTIALS)
        assert is_believed(service, new["access_token"]) == [True, True, True]
        assert is_believed(service, old["access_token"]) == [True, True, True]

    # A replica that still has the new key last verifies what others sign by it.
    use_keys(project, "old.pem,new.pem")
    with served(project, sys.executable, port):
        assert is_believed(service, new["access_token"]) == [True, True, True]

    # The old key out: what it signed is not good any more, and nobody is signed out.
    use_keys(project, "new.pem")
    with served(project, sys.executable, port):
        assert is_believed(service, new["access_token"]) == [True, True, True]
        assert is_believed(service, old["access_token"]) == [False, False, False]
        renewed = ask_for_token(
            service, grant_type="refresh_token", refresh_token=old["refresh_token"]
        )
        assert is_believed(service, renewed["access_token"]) == [True, True, True]


def forged(token: str) -> str:
    """Return a token with the claims of another, and a signature that is none."""
    header, claims, signature = token.split(".")
    return f"{header}.{claims}.{signature[::-1]}"
