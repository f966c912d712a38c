"""A second service, which verifies access tokens by what is published alone."""

import json
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from httpx2 import AsyncClient

from app.access import base64url
from app.access.keys import Key, thumbprint
from tests.access.forging import Json, part
from tests.access.signing_in import credential, sign_in
from tests.access.signing_keys import new_key, serve_with
from tests.conftest import add_account
from tests.people import ADA, PASSWORD

JWKS = "/.well-known/jwks.json"


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Key]:
    """Two keys for ES256; the first of them signs."""
    keys = [new_key("ES256", tmp_path), new_key("ES256", tmp_path)]
    serve_with(monkeypatch, *keys)
    return keys


async def published_keys(client: AsyncClient) -> list[Json]:
    metadata = await client.get("/.well-known/oauth-authorization-server")
    found: list[Json] = (await client.get(metadata.json()["jwks_uri"])).json()["keys"]
    return found


def verify(token: str, jwk: Json) -> None:
    """Verify as anyone may who has read RFC 7518 §3.4."""
    x, y = (int.from_bytes(base64url.decode(jwk[name]), "big") for name in "xy")
    public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    signing_input, _, signature = token.rpartition(".")
    raw = base64url.decode(signature)
    r, s = (int.from_bytes(half, "big") for half in (raw[:32], raw[32:]))
    public.verify(
        encode_dss_signature(r, s), signing_input.encode(), ec.ECDSA(SHA256())
    )


async def test_a_token_is_verified_by_the_published_key_that_it_names(
    client: AsyncClient, keys: list[Key]
) -> None:
    await add_account(ADA)
    await sign_in(client, ADA, PASSWORD)

    named, other = await published_keys(client)

    assert part(credential(client), 0)["kid"] == named["kid"]
    verify(credential(client), named)
    with pytest.raises(InvalidSignature):
        verify(credential(client), other)


async def test_every_key_is_published(client: AsyncClient, keys: list[Key]) -> None:
    published = await published_keys(client)

    assert [jwk["kid"] for jwk in published] == [key.kid for key in keys]
    assert {(jwk["kty"], jwk["crv"], jwk["alg"], jwk["use"]) for jwk in published} == {
        ("EC", "P-256", "ES256", "sig")
    }


async def test_no_private_part_is_published(
    client: AsyncClient, keys: list[Key]
) -> None:
    text = (await client.get(JWKS)).text

    for key in keys:
        assert key.signing["d"] not in text
    assert all("d" not in jwk for jwk in json.loads(text)["keys"])


async def test_a_secret_is_never_published(client: AsyncClient) -> None:
    answer = await client.get(JWKS)

    assert answer.status_code == 200
    assert answer.json() == {"keys": []}


async def test_the_keys_may_be_kept_for_five_minutes(client: AsyncClient) -> None:
    answer = await client.get(JWKS)

    assert answer.headers["cache-control"] == "public, max-age=300"


def test_the_id_of_a_key_is_its_thumbprint(tmp_path: Path) -> None:
    # The key of RFC 7517 §A.1 and A.2.
    x = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"
    jwk = {
        "crv": "P-256",
        "kty": "EC",
        "x": x,
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    }

    assert thumbprint(jwk) == "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s"
