"""The keys that sign: which are good ones, and how they are changed."""

import subprocess
import sys
from pathlib import Path
from secrets import token_bytes, token_urlsafe

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from httpx2 import AsyncClient

from app.access import base64url
from app.access.keys import Key, read_keys
from app.access.settings import JwtSettings
from app.settings import load
from tests.access.signing_in import carry, credential, sign_in
from tests.access.signing_keys import ALGORITHMS, new_key, new_pem, serve_with
from tests.access.test_refreshing import refresh
from tests.conftest import add_account
from tests.people import ADA, PASSWORD

PROJECT = Path(__file__).parents[2]

GOOD = base64url.encode(token_bytes(32))

BAD_SECRETS = {
    "none": "",
    "only commas": " , ,",
    "the example": "generate-me",
    "short": base64url.encode(token_bytes(31)),
    "one of two short": f"{GOOD},{base64url.encode(token_bytes(31))}",
    "not base64url": "a secret! " * 8,
    "base64": "+/" * 30,
    "not ASCII": "ü" * 60,
    "always the same": "A" * 64,
    "to be changed": "changeme-changeme-changeme-changeme-changeme",
    "an example": "this-is-an-Example-secret-for-development",
    "the tutorial's": "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    "the standard's": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0i"
    "PS4hcgUuTwjAzZr1Z9CAow",
    "a path": "key.pem",
}


def complaint(monkeypatch: pytest.MonkeyPatch, algorithm: str, keys: str) -> str:
    """Return how the start of the service ends with these settings."""
    monkeypatch.setenv("JWT_ALGORITHM", algorithm)
    monkeypatch.setenv("JWT_KEYS", keys)
    with pytest.raises(SystemExit) as stopped:
        load(JwtSettings)
    return str(stopped.value)


@pytest.mark.parametrize("keys", BAD_SECRETS.values(), ids=BAD_SECRETS)
def test_a_bad_secret_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, keys: str
) -> None:
    said = complaint(monkeypatch, "HS256", keys)

    assert said.startswith("JWT_KEYS: ")
    assert "python -m app make-env" in said
    assert "\n" not in said


def test_no_complaint_tells_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = base64url.encode(token_bytes(31))

    said = complaint(monkeypatch, "HS256", secret)

    assert secret not in said


def test_a_secret_may_be_padded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [key.kid for key in read_keys("HS256", [GOOD + "="])] == [
        key.kid for key in read_keys("HS256", [GOOD])
    ]


def pem(private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def bad_files() -> dict[str, bytes]:
    private = ec.generate_private_key(ec.SECP256R1())
    password = BestAvailableEncryption(b"secret")
    public = private.public_key()
    return {
        "empty": b"",
        "no PEM": b"a secret",
        "a secret": GOOD.encode(),
        "another curve": pem(ec.generate_private_key(ec.SECP384R1())),
        "a curve of bitcoin": pem(ec.generate_private_key(ec.SECP256K1())),
        "RSA": pem(rsa.generate_private_key(65537, 2048)),
        "public": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "password": private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, password),
        "DER": private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        "cut": pem(private)[:100],
    }


@pytest.mark.parametrize("content", bad_files().values(), ids=bad_files())
def test_a_bad_key_file_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(content)

    said = complaint(monkeypatch, "ES256", str(path))

    assert said.startswith("JWT_KEYS: ")
    assert "ES256" in said
    assert "\n" not in said


def test_a_file_that_is_not_there_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for path in [tmp_path / "none.pem", tmp_path]:
        assert "make-key" in complaint(monkeypatch, "ES256", str(path))


def test_a_secret_is_no_key_for_es256(monkeypatch: pytest.MonkeyPatch) -> None:
    said = complaint(monkeypatch, "ES256", GOOD)

    assert "make-key" in said
    assert GOOD not in said


def test_without_any_key_there_is_no_es256_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "there is no key" in complaint(monkeypatch, "ES256", "")


def test_no_key_comes_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "twice" in complaint(monkeypatch, "HS256", f"{GOOD},{GOOD}")


@pytest.mark.parametrize("algorithm", ["none", "HS512", "RS256", "hs256", "EdDSA"])
def test_there_are_two_algorithms(
    monkeypatch: pytest.MonkeyPatch, algorithm: str
) -> None:
    assert "JWT_ALGORITHM: " in complaint(monkeypatch, algorithm, GOOD)


def test_the_service_does_not_start_without_a_key(tmp_path: Path) -> None:
    started = subprocess.run(
        [sys.executable, "-c", "import app.main"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert started.returncode == 1
    assert started.stderr.count("\n") == 1
    assert "python -m app make-env" in started.stderr


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_settings_name_several_keys(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, algorithm: str
) -> None:
    texts = [token_urlsafe(32), token_urlsafe(32)]
    if algorithm == "ES256":
        texts = [str(new_pem(tmp_path)), str(new_pem(tmp_path))]
    monkeypatch.setenv("JWT_ALGORITHM", algorithm)
    monkeypatch.setenv("JWT_KEYS", " , ".join(texts))

    keys = load(JwtSettings).jwt_keys

    assert [key.kid for key in keys] == [key.kid for key in read_keys(algorithm, texts)]
    assert {key.algorithm for key in keys} == {algorithm}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_id_of_a_key_reveals_nothing_of_it(tmp_path: Path, algorithm: str) -> None:
    key = new_key(algorithm, tmp_path)

    for part in secrets_of(key):
        assert part not in key.kid
        assert key.kid not in part


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_does_not_print_its_secret(tmp_path: Path, algorithm: str) -> None:
    key = new_key(algorithm, tmp_path)

    assert not any(part in repr(key) for part in secrets_of(key))


def secrets_of(key: Key) -> list[str]:
    """Return the long parts of a key: its type and curve are in many a text by chance."""
    return [part for part in key.signing.values() if len(part) > 5]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_keys_are_changed_without_signing_anybody_out(
    client: AsyncClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    algorithm: str,
) -> None:
    old, new = new_key(algorithm, tmp_path), new_key(algorithm, tmp_path)
    await add_account(ADA)

    # Signed in while there is only the old key.
    serve_with(monkeypatch, old)
    before = (await sign_in(client, ADA, PASSWORD)).json()

    # The new key in front: it signs, and what the old one signed is still good.
    serve_with(monkeypatch, new, old)
    assert (await client.get("/users/me")).status_code == 200
    after = (await refresh(client, before["refresh_token"])).json()

    # The old key out, once all that it signed has expired: who refreshed meanwhile
    # notices nothing.
    serve_with(monkeypatch, new)
    carry(client, before["access_token"])
    assert (await client.get("/users/me")).status_code == 401
    carry(client, after["access_token"])
    assert (await client.get("/users/me")).status_code == 200

    # And who did not is not signed out, but refreshes now.
    latest = (await refresh(client, after["refresh_token"])).json()
    carry(client, latest["access_token"])
    assert (await client.get("/users/me")).status_code == 200


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_a_key_that_leaked_is_out_at_once(
    client: AsyncClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    algorithm: str,
) -> None:
    leaked, new = new_key(algorithm, tmp_path), new_key(algorithm, tmp_path)
    serve_with(monkeypatch, leaked)
    await add_account(ADA)
    tokens = (await sign_in(client, ADA, PASSWORD)).json()

    serve_with(monkeypatch, new)

    assert (await client.get("/users/me")).status_code == 401
    assert (await refresh(client, tokens["refresh_token"])).status_code == 200


async def test_the_algorithm_is_changed_like_a_key(
    client: AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_with(monkeypatch, new_key("HS256", tmp_path))
    await add_account(ADA)
    tokens = (await sign_in(client, ADA, PASSWORD)).json()

    serve_with(monkeypatch, new_key("ES256", tmp_path))

    assert (await client.get("/users/me")).status_code == 401
    fresh = (await refresh(client, tokens["refresh_token"])).json()
    carry(client, fresh["access_token"])
    assert (await client.get("/users/me")).status_code == 200
    assert credential(client) == fresh["access_token"]


def test_a_token_lasts_for_a_century_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_KEYS", GOOD)
    monkeypatch.setenv("ACCESS_TOKEN_MINUTES", "52560000")
    load(JwtSettings)

    monkeypatch.setenv("ACCESS_TOKEN_MINUTES", "52560001")
    with pytest.raises(SystemExit, match=r"^ACCESS_TOKEN_MINUTES: "):
        load(JwtSettings)
