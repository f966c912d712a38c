"""What another site makes a browser send is refused, before anything else is looked at."""

from typing import Any

import pytest
from httpx2 import AsyncClient

from app.access.cross_site import origin_of
from tests.access.signing_in import sign_in
from tests.people import ADA, BOB, PASSWORD, code_of, register

OWN, OWN_NAME, FOREIGN = (
    "http://localhost:8000",
    "http://127.0.0.1:8000",
    "https://evil.example",
)
REFUSED = (403, "cross_site_request")
# Sec-Fetch-Site, Origin, and whether they come from the service itself.
SENDERS = [
    ("same-origin", OWN, True),
    ("same-origin", None, True),
    ("none", None, True),
    ("same-site", OWN, False),
    ("cross-site", OWN, False),
    ("cross-site", FOREIGN, False),
    ("Same-Origin", OWN, False),
    ("", OWN, False),
    (None, None, True),
    (None, OWN, True),
    (None, FOREIGN, False),
    (None, "null", False),
    (None, "", False),
    (None, "http://localhost", False),
    (None, "http://localhost:8001", False),
    (None, "https://localhost:8000", False),
    (None, "http://localhost:8000.evil.example", False),
    (None, "http://evil.example/http://localhost:8000", False),
]
each_sender = pytest.mark.parametrize(("site", "origin", "own"), SENDERS)
CHANGES = [
    ("POST", "/auth/login"),
    ("POST", "/auth/register"),
    ("POST", "/auth/logout"),
    ("POST", "/auth/password/change"),
    ("PATCH", "/users/me"),
    ("DELETE", "/users/me"),
    ("DELETE", "/auth/logins"),
    ("PUT", "/nowhere"),
    ("INVENTED", "/users/me"),
]
FROM_ELSEWHERE = {"Sec-Fetch-Site": "cross-site", "Origin": FOREIGN}


def sent_by(site: str | None, origin: str | None) -> dict[str, str]:
    headers = {"Sec-Fetch-Site": site, "Origin": origin}
    return {name: value for name, value in headers.items() if value is not None}


@each_sender
async def test_a_change_must_come_from_the_service_itself(
    ada: AsyncClient, site: str | None, origin: str | None, own: bool
) -> None:
    answer = await ada.patch(
        "/users/me", json={"name": "Countess"}, headers=sent_by(site, origin)
    )

    assert (answer.status_code == 200) is own
    assert own or code_of(answer) == REFUSED
    name = (await ada.get("/users/me")).json()["name"]
    assert name == ("Countess" if own else None)


@pytest.mark.parametrize(
    ("name", "own"), [("Sec-Fetch-Site", "same-origin"), ("Origin", OWN)]
)
async def test_a_sender_that_names_two_sites_is_refused(
    ada: AsyncClient, name: str, own: str
) -> None:
    headers = [(name, own), (name, FROM_ELSEWHERE[name])]

    answer = await ada.patch("/users/me", json={"name": "Countess"}, headers=headers)

    assert code_of(answer) == REFUSED


@each_sender
async def test_reading_is_open_to_every_sender(
    ada: AsyncClient, site: str | None, origin: str | None, own: bool
) -> None:
    answer = await ada.get("/users/me", headers=sent_by(site, origin))

    assert answer.status_code == 200


@pytest.mark.parametrize(("method", "path"), CHANGES)
async def test_no_change_is_open_to_another_site(
    ada: AsyncClient, method: str, path: str
) -> None:
    answer = await ada.request(method, path, headers=FROM_ELSEWHERE)

    assert code_of(answer) == REFUSED
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_forged_sign_in_signs_nobody_in(client: AsyncClient) -> None:
    await register(client)
    client.headers.update(FROM_ELSEWHERE)

    answer = await sign_in(client, ADA, PASSWORD)

    assert code_of(answer) == REFUSED
    assert not client.cookies


async def test_forged_sign_ins_count_against_nobody(client: AsyncClient) -> None:
    await register(client)
    forged = {"email": ADA, "password": "a wrong password"}
    for _ in range(6):
        await client.post("/auth/login", json=forged, headers=FROM_ELSEWHERE)

    assert (await sign_in(client, ADA, PASSWORD)).status_code == 200


async def test_a_forged_registration_registers_nobody(client: AsyncClient) -> None:
    content = {"email": BOB, "password": PASSWORD}

    forged = await client.post("/auth/register", json=content, headers=FROM_ELSEWHERE)

    assert code_of(forged) == REFUSED
    assert (await register(client, BOB)).status_code == 201


async def test_a_forged_sign_out_signs_nobody_out(ada: AsyncClient) -> None:
    await ada.post("/auth/logout", headers=FROM_ELSEWHERE)

    assert (await ada.get("/users/me")).status_code == 200


@pytest.mark.parametrize(
    "sent",
    [
        {"content": b"{"},
        {"content": b"x" * 70_000},
        {"headers": {"Cookie": "session=bad"}},
        {"json": {"email": ADA, "password": "a wrong password"}},
    ],
)
async def test_the_sender_is_settled_before_what_was_sent(
    client: AsyncClient, sent: dict[str, Any]
) -> None:
    headers = FROM_ELSEWHERE | sent.get("headers", {})

    answer = await client.post("/auth/login", **{**sent, "headers": headers})

    assert code_of(answer) == REFUSED
    assert "set-cookie" not in answer.headers


async def test_development_answers_to_any_name_of_the_machine(
    ada: AsyncClient,
) -> None:
    headers = {"Host": "127.0.0.1:8000", "Origin": OWN_NAME}

    answer = await ada.patch("/users/me", json={"name": "Ada"}, headers=headers)

    assert answer.status_code == 200


async def test_production_answers_to_its_public_name_alone(
    ada: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.settings.settings.environment", "production")
    headers = {"Host": "127.0.0.1:8000", "Origin": OWN_NAME}

    other = await ada.patch("/users/me", json={"name": "Ada"}, headers=headers)
    public = await ada.patch("/users/me", json={"name": "Ada"}, headers={"Origin": OWN})

    assert code_of(other) == REFUSED
    assert public.status_code == 200


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://example.com", "https://example.com"),
        ("HTTPS://Example.com:443/accounts", "https://example.com"),
        ("http://example.com:80", "http://example.com"),
        ("http://example.com:443", "http://example.com:443"),
        ("https://somebody@example.com", "https://example.com"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(url: str, origin: str) -> None:
    assert origin_of(url) == origin


async def test_a_host_that_cannot_be_is_not_ones_own(client: AsyncClient) -> None:
    headers = {"Host": "[", "Origin": FOREIGN}

    answer = await client.post("/auth/logout", headers=headers)

    assert code_of(answer) == REFUSED
