"""Tokens that somebody made up: RFC 8725 and its kin.

Each is refused with a 401, whichever library checks the signature: never with a
500, and nothing is fetched from anywhere.
"""

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from httpx2 import AsyncClient

from app.access import base64url
from app.access.keys import Key
from tests.access.forging import Json, encode, part, signed, with_mac
from tests.access.signing_in import carry, credential, sign_in
from tests.access.signing_keys import ALGORITHMS, new_key, serve_with
from tests.conftest import NOON, add_account
from tests.people import ADA, PASSWORD, id_of

INVALID_TOKEN = 'Bearer realm="accounts", error="invalid_token"'
NOW = int(NOON.timestamp())
DEEP = "[" * 1200 + "]" * 1200

LEFT_OUT = object()

# Changes to the header of a token that is signed by the service's own key.
HEADERS: dict[str, Json] = {
    "alg none": {"alg": "none"},
    "alg None": {"alg": "None"},
    "alg NONE": {"alg": "NONE"},
    "alg nOnE": {"alg": "nOnE"},
    "alg empty": {"alg": ""},
    "alg blank": {"alg": " "},
    "alg null": {"alg": None},
    "alg left out": {"alg": LEFT_OUT},
    "alg list": {"alg": ["HS256", "ES256"]},
    "alg number": {"alg": 256},
    "alg lower": {"alg": "hs256"},
    "alg HS384": {"alg": "HS384"},
    "alg HS512": {"alg": "HS512"},
    "alg ES384": {"alg": "ES384"},
    "alg ES256K": {"alg": "ES256K"},
    "alg RS256": {"alg": "RS256"},
    "alg PS256": {"alg": "PS256"},
    "alg EdDSA": {"alg": "EdDSA"},
    "alg dir": {"alg": "dir", "enc": "A256GCM"},
    "typ left out": {"typ": LEFT_OUT},
    "typ null": {"typ": None},
    "typ empty": {"typ": ""},
    "typ JWT": {"typ": "JWT"},
    "typ of an ID token": {"typ": "id+jwt"},
    "typ of a logout token": {"typ": "logout+jwt"},
    "typ list": {"typ": ["at+jwt"]},
    "kid left out": {"kid": LEFT_OUT},
    "kid null": {"kid": None},
    "kid empty": {"kid": ""},
    "kid number": {"kid": 0},
    "kid list": {"kid": []},
    "kid object": {"kid": {}},
    "kid unknown": {"kid": "unknown"},
    "kid path": {"kid": "../../../../../../dev/null"},
    "kid device": {"kid": "/dev/zero"},
    "kid own source": {"kid": __file__},
    "kid SQL": {"kid": "x' UNION SELECT 'secret' --"},
    "kid shell": {"kid": "x|/usr/bin/id"},
    "kid NUL": {"kid": "x\0"},
    "kid long": {"kid": "x" * 1500},
    "crit exp": {"crit": ["exp"]},
    "crit unknown": {"crit": ["unknown"], "unknown": True},
    "crit empty": {"crit": []},
    "crit null": {"crit": None},
    "crit b64": {"crit": ["b64"], "b64": False},
    "b64": {"b64": False},
    "zip": {"zip": "DEF"},
    "cty": {"cty": "JWT"},
    "enc": {"enc": "A128CBC-HS256"},
    "x5c": {"x5c": ["MIIB"]},
    "x5t": {"x5t": "x"},
    "unknown": {"unknown": True},
}

# Changes to claims that are signed by the service's own key.
CLAIMS: dict[str, Json] = {
    **{
        f"{name} left out": {name: LEFT_OUT}
        for name in (
            "iss",
            "aud",
            "sub",
            "iat",
            "exp",
            "jti",
            "sid",
            "scope",
            "client_id",
        )
    },
    **{
        f"{name} null": {name: None}
        for name in (
            "iss",
            "aud",
            "sub",
            "iat",
            "exp",
            "jti",
            "sid",
            "scope",
            "client_id",
        )
    },
    **{
        f"{name} list": {name: []}
        for name in (
            "iss",
            "aud",
            "sub",
            "iat",
            "exp",
            "jti",
            "sid",
            "scope",
            "client_id",
        )
    },
    **{
        f"{name} number": {name: 1}
        for name in ("iss", "aud", "sub", "jti", "sid", "scope", "client_id")
    },
    "exp now": {"exp": NOW},
    "exp a second ago": {"exp": NOW - 1},
    "exp zero": {"exp": 0},
    "exp negative": {"exp": -NOW},
    "exp text": {"exp": str(NOW + 60)},
    "exp float": {"exp": NOW + 60.5},
    "exp whole float": {"exp": float(NOW + 60)},
    "exp true": {"exp": True},
    "exp infinite": {"exp": float("inf")},
    "exp not a number": {"exp": float("nan")},
    "exp after all time": {"exp": 10**30},
    "iat in six seconds": {"iat": NOW + 6},
    "iat in the future": {"iat": NOW + 3600, "exp": NOW + 7200},
    "iat text": {"iat": str(NOW)},
    "iat float": {"iat": NOW - 0.5},
    "nbf in the future": {"nbf": NOW + 60},
    "nbf text": {"nbf": "never"},
    "iss of another": {"iss": "https://example.org"},
    "iss nearly": {"iss": "http://localhost:8000/"},
    "aud of another": {"aud": "https://example.org"},
    "aud of others": {"aud": ["https://example.org", "https://example.com"]},
    "aud empty": {"aud": ""},
    "aud object": {"aud": {}},
    "sub of nobody": {"sub": str(uuid4())},
    "sub an address": {"sub": ADA},
    "sid of none": {"sid": str(uuid4())},
    "sid no id": {"sid": "1"},
    "client_id of another": {"client_id": "another"},
    "scope list of texts": {"scope": ["authenticated"]},
    "claim of another kind": {"nonce": "x"},
}


@pytest.fixture(autouse=True)
def _noon(clock: object) -> None:
    """Time stands still, so that a second makes the difference."""


@pytest.fixture(params=ALGORITHMS)
def key(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Key:
    """The one key of the service."""
    key = new_key(request.param, tmp_path)
    serve_with(monkeypatch, key)
    return key


@pytest.fixture
async def token(key: Key, client: AsyncClient) -> str:
    """A good token, of Ada."""
    await add_account(ADA)
    await sign_in(client, ADA, PASSWORD)
    return credential(client)


@pytest.fixture
async def refused(client: AsyncClient) -> Callable[[str], Any]:
    """A function that tells whether a token is refused as a bad one."""

    async def is_refused(token: str) -> bool:
        carry(client, token)
        answer = await client.get("/users/me")
        return (
            answer.status_code == 401
            and answer.headers["www-authenticate"] == INVALID_TOKEN
        )

    return is_refused


def changed(members: Json, changes: Json) -> Json:
    merged = members | changes
    return {name: value for name, value in merged.items() if value is not LEFT_OUT}


async def test_a_token_made_by_hand_is_as_good(
    key: Key, token: str, client: AsyncClient
) -> None:
    carry(client, signed(part(token, 0), part(token, 1), key))

    assert (await client.get("/users/me")).json()["email"] == ADA


async def test_a_header_is_one_of_ours(key: Key, token: str, refused: Any) -> None:
    for name, changes in HEADERS.items():
        header = changed(part(token, 0), changes)
        assert await refused(signed(header, part(token, 1), key)), name


async def test_no_token_goes_without_a_signature(token: str, refused: Any) -> None:
    signature = token.split(".")[2]

    for alg in ["none", "None", "NONE", "nOnE", "", None, LEFT_OUT]:
        header = changed(part(token, 0), {"alg": alg})
        unsigned = f"{encode(header)}.{encode(part(token, 1))}"
        for end in ["", ".", ".AA", f".{signature}"]:
            assert await refused(unsigned + end), (alg, end)


async def test_every_claim_is_checked(key: Key, token: str, refused: Any) -> None:
    for name, changes in CLAIMS.items():
        claims = changed(part(token, 1), changes)
        assert await refused(signed(part(token, 0), claims, key)), name


async def test_an_end_beyond_all_numbers_is_refused(
    key: Key, token: str, refused: Any
) -> None:
    claims = part(token, 1)
    text = json.dumps(claims).replace(str(claims["exp"]), "1e400")

    assert await refused(signed(part(token, 0), text, key))


async def test_a_token_is_of_one_user_and_their_login(
    key: Key, token: str, refused: Any, bob: AsyncClient
) -> None:
    bobs = part(credential(bob), 1)

    for changes in [{"sub": bobs["sub"]}, {"sid": bobs["sid"]}]:
        claims = part(token, 1) | changes
        assert await refused(signed(part(token, 0), claims, key))


async def test_the_scope_of_a_token_is_not_believed(
    key: Key, token: str, client: AsyncClient
) -> None:
    claims = part(token, 1) | {"scope": "authenticated admin super"}

    carry(client, signed(part(token, 0), claims, key))

    assert (await client.get("/users")).status_code == 403


async def test_a_public_key_is_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: AsyncClient, refused: Any
) -> None:
    key = new_key("ES256", tmp_path)
    serve_with(monkeypatch, key)
    await add_account(ADA)
    await sign_in(client, ADA, PASSWORD)
    claims = part(credential(client), 1)

    for secret in spellings(key):
        for alg in ["HS256", "ES256"]:
            header = {"alg": alg, "typ": "at+jwt", "kid": key.kid}
            assert await refused(with_mac(header, claims, secret)), secret


def spellings(key: Key) -> list[bytes]:
    """Return a public key in every form in which everybody may have it."""
    x, y = (base64url.decode(key.verifying[name]) for name in "xy")
    numbers = (int.from_bytes(x, "big"), int.from_bytes(y, "big"))
    public = ec.EllipticCurvePublicNumbers(*numbers, ec.SECP256R1()).public_key()
    info = PublicFormat.SubjectPublicKeyInfo
    pem = public.public_bytes(Encoding.PEM, info)
    jwks = [key.verifying, key.public]
    return [
        *(pem, pem.strip(), pem.replace(b"\n", b"\r\n")),
        public.public_bytes(Encoding.DER, info),
        *(json.dumps(jwk).encode() for jwk in jwks),
        *(json.dumps(jwk, separators=(",", ":")).encode() for jwk in jwks),
        *(x + y, b"\x04" + x + y),
        *(key.kid.encode(), base64url.decode(key.kid)),
    ]


async def test_an_easy_secret_signs_nothing(token: str, refused: Any) -> None:
    header = part(token, 0) | {"alg": "HS256"}

    for secret in [b"", b" ", b"\0", b"secret", b"generate-me"]:
        assert await refused(with_mac(header, part(token, 1), secret)), secret


async def test_another_key_signs_nothing(
    key: Key, token: str, refused: Any, tmp_path: Path
) -> None:
    another = new_key(key.algorithm, tmp_path)

    for kid in [key.kid, another.kid]:
        header = part(token, 0) | {"kid": kid}
        assert await refused(signed(header, part(token, 1), another))


async def test_a_key_that_comes_with_the_token_is_not_used(
    key: Key, token: str, refused: Any, tmp_path: Path
) -> None:
    own = new_key(key.algorithm, tmp_path)

    for jwk in [own.verifying, own.signing, own.public]:
        for kid in [key.kid, own.kid]:
            header = part(token, 0) | {"jwk": jwk, "kid": kid}
            assert await refused(signed(header, part(token, 1), own))


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A socket that nobody should connect to."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


async def test_nothing_is_fetched(
    key: Key, token: str, refused: Any, listener: socket.socket
) -> None:
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/keys.json"

    for name in ["jku", "x5u", "kid", "jwk", "url"]:
        header = part(token, 0) | {name: url}
        assert await refused(signed(header, part(token, 1), key)), name

    with pytest.raises(BlockingIOError):
        listener.accept()


async def test_a_signature_is_the_whole_one(token: str, refused: Any) -> None:
    signing_input, _, signature = token.rpartition(".")
    whole = base64url.decode(signature)
    wrong = [
        b"",
        whole[:-1],
        whole[:16],
        whole + b"\0",
        b"\0" * len(whole),
        whole[::-1],
    ]

    for each in wrong:
        assert await refused(f"{signing_input}.{base64url.encode(each)}")


async def test_a_signature_of_zeros_is_none(token: str, refused: Any) -> None:
    # As in CVE-2022-21449: r and s of 0, raw and in DER, and of the curve's order.
    signing_input, _, _ = token.rpartition(".")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    zeros = [
        bytes(64),
        encode_dss_signature(0, 0),
        order.to_bytes(32, "big") * 2,
        bytes(31) + b"\1" + bytes(31) + b"\1",
    ]

    for each in zeros:
        assert await refused(f"{signing_input}.{base64url.encode(each)}")


async def test_the_signature_is_of_these_claims(
    key: Key, token: str, refused: Any
) -> None:
    header, claims, signature = token.split(".")
    longer = encode(part(token, 1) | {"exp": NOW + 10**6})

    assert await refused(f"{header}.{longer}.{signature}")
    assert await refused(f"{encode(part(token, 0) | {'x': 1})}.{claims}.{signature}")


async def test_a_token_is_spelled_in_one_way(token: str, refused: Any) -> None:
    header, claims, signature = token.split(".")
    respelled = [
        f"{header}.{claims}.{signature}=",
        f"{header}.{claims}.{signature}==",
        f"{header}=.{claims}.{signature}",
        f"{header}.{claims}=.{signature}",
        f"{header}.{claims}.{signature}.",
        f".{header}.{claims}.{signature}",
        f"{header}.{claims}.{signature}.{signature}",
        f"{header}..{claims}.{signature}",
        f"{header}.{claims}",
        f"{header}.{claims}.",
        f".{claims}.{signature}",
        f"{header}..{signature}",
        f"{header}.{claims}.{signature[:-1]}{after(signature[-1])}",
        f"{header}.{claims}.{signature[:10]}!{signature[10:]}",
        f"{header}.{claims}.{signature[:10]} {signature[10:]}",
        f"{header}.{claims}.{signature[:10]}%0A{signature[10:]}",
        token.replace("-", "+").replace("_", "/") + "/",
        json.dumps({"payload": claims, "protected": header, "signature": signature}),
    ]

    for text in respelled:
        assert await refused(text), text


def after(last: str) -> str:
    """Return another last character that a lenient decoder takes for the same bytes."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return alphabet[alphabet.index(last) + 1]


async def test_a_member_comes_once(key: Key, token: str, refused: Any) -> None:
    header, claims = part(token, 0), part(token, 1)

    for name in header:
        assert await refused(signed(with_twice(name, header), claims, key)), name
    for name in claims:
        assert await refused(signed(header, with_twice(name, claims), key)), name


def with_twice(name: str, members: Json) -> str:
    first = json.dumps({name: members[name]})
    return f"{first[:-1]}, {json.dumps(members)[1:]}"


NO_OBJECTS = {
    "nothing": b"{}",
    "list": b"[]",
    "text": b'"x"',
    "number": b"1",
    "null": b"null",
    "true": b"true",
    "no JSON": b"{",
    "two": b"{}{}",
    "trailing": b"{} x",
    "single quotes": b"{'alg': 'HS256'}",
    "not UTF-8": b'{"\xff": 1}',
    "UTF-16": '{"alg": "HS256"}'.encode("utf-16"),
    "UTF-32": '{"alg": "HS256"}'.encode("utf-32"),
    "byte order mark": b'\xef\xbb\xbf{"alg": "HS256"}',
    "NaN": b'{"alg": NaN}',
    "a long number": b'{"alg": ' + b"9" * 2000 + b"}",
    "deep list": DEEP.encode(),
    "deep member": f'{{"x": {DEEP}}}'.encode(),
    "deep object": b'{"x":' * 400 + b"1" + b"}" * 400,
}


async def test_header_and_claims_are_objects(
    key: Key, token: str, refused: Any
) -> None:
    for name, content in NO_OBJECTS.items():
        assert await refused(signed(content, part(token, 1), key)), name
        assert await refused(signed(part(token, 0), content, key)), name


async def test_good_members_do_not_excuse_deep_ones(
    key: Key, token: str, refused: Any
) -> None:
    header, claims = json.dumps(part(token, 0)), json.dumps(part(token, 1))
    deep = f', "x": {"[" * 900 + "]" * 900}}}'

    assert await refused(signed(header[:-1] + deep, claims, key))
    assert await refused(signed(header, claims[:-1] + deep, key))


async def test_a_token_in_utf_16_is_refused(key: Key, token: str, refused: Any) -> None:
    claims = json.dumps(part(token, 1)).encode("utf-16")

    assert await refused(signed(part(token, 0), claims, key))


async def test_a_long_token_is_refused_before_it_is_read(
    key: Key, token: str, refused: Any
) -> None:
    claims = part(token, 1) | {"jti": "x" * 4000}

    assert await refused(signed(part(token, 0), claims, key))


async def test_no_other_credential_is_an_access_token(
    ada: AsyncClient, refused: Any
) -> None:
    answer = await sign_in(ada, ADA, PASSWORD)

    for text in [
        answer.json()["refresh_token"],
        part(credential(ada), 1)["sid"],
        part(credential(ada), 1)["jti"],
        await id_of(ada),
    ]:
        assert await refused(text)


async def test_a_token_ends_to_the_second(client: AsyncClient, clock: Any) -> None:
    await add_account(ADA)
    answer = await sign_in(client, ADA, PASSWORD)

    clock.shift(answer.json()["expires_in"] - 1)
    assert (await client.get("/users/me")).status_code == 200

    clock.shift(1)
    assert (await client.get("/users/me")).status_code == 401
