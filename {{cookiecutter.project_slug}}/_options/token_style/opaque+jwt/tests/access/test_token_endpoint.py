"""The token endpoint: RFC 6749 §3.2, §4.3 and §5."""

import re
from asyncio import CancelledError
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from httpx2 import ASGITransport, AsyncClient, Response

from app.access.grants import GRANTS
from app.access.oauth import OAuthRoute
from app.settings import settings
from tests import database
from tests.access.oauth import ask_for_token, error_of, revoke
from tests.access.signing_in import carry, credential
from tests.conftest import add_account
from tests.keys import create_key
from tests.naughty import cut_off
from tests.people import ADA, BOB, OTHER_PASSWORD, PASSWORD, code_of, register
from tests.small_server import it_hangs_up

FORM = {"Content-Type": "application/x-www-form-urlencoded"}

# `error_description` of RFC 6749 §5.2.
DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")

NOT_VALID: dict[str, dict[str, Any]] = {
    "no grant_type": {"grant_type": None},
    "empty grant_type": {"grant_type": ""},
    "no username": {"username": None},
    "empty username": {"username": ""},
    "no password": {"password": None},
    "empty password": {"password": ""},
    "grant_type twice": {"grant_type": ["password", "password"]},
    "username twice": {"username": [ADA, ADA]},
    "scope twice": {"scope": ["authenticated", "authenticated"]},
    "unknown twice": {"resource": ["a", "b"]},
    "empty twice": {"resource": ["", ""]},
    "nul": {"password": "x\0y"},
}

NO_FORMS = {
    "json": (b'{"grant_type": "password"}', "application/json"),
    "multipart": (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x"),
    "nothing": (b"", ""),
    "text": (b"grant_type=password", "text/plain"),
    "not utf-8": (b"grant_type=password&username=%FF&password=x", FORM["Content-Type"]),
    "a surrogate": (b"grant_type=%ED%A0%80", FORM["Content-Type"]),
    "raw bytes": (b"grant_type=\xff", FORM["Content-Type"]),
    "no pairs": (b"password", FORM["Content-Type"]),
}

UNKNOWN_GRANTS = [
    "authorization_code",
    "client_credentials",
    "PASSWORD",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "x",
]

WIDER_SCOPES = [
    "admin",
    "authenticated admin",
    "super",
    "unknown",
    "Authenticated",
    '"',
]


@pytest.fixture
async def account(client: AsyncClient) -> None:
    """Ada has an account, and is not signed in."""
    await add_account(ADA)


def is_to_the_letter(answer: Response) -> bool:
    """Whether an error has the form of RFC 6749 §5.2, and stays in no cache."""
    content = answer.json()
    return (
        set(content) == {"error", "error_description"}
        and DESCRIPTION.fullmatch(content["error_description"]) is not None
        and answer.headers["content-type"] == "application/json"
        and answer.headers["cache-control"] == "no-store"
        and answer.headers["pragma"] == "no-cache"
    )


@pytest.mark.usefixtures("account")
async def test_a_password_is_answered_with_a_token(client: AsyncClient) -> None:
    answer = await ask_for_token(client)

    assert answer.status_code == 200
    content = answer.json()
    assert content["token_type"] == "bearer"
    assert content["scope"] == "authenticated"
    assert content["expires_in"] > 0
    carry(client, content["access_token"])
    assert (await client.get("/users/me")).json()["email"] == ADA


@pytest.mark.usefixtures("account")
async def test_an_answer_with_a_token_stays_in_no_cache(client: AsyncClient) -> None:
    answer = await ask_for_token(client)

    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"


@pytest.mark.usefixtures("account")
async def test_the_username_is_the_address_in_any_case(client: AsyncClient) -> None:
    answer = await ask_for_token(client, username=" ADA@Example.com ")

    assert answer.status_code == 200


@pytest.mark.usefixtures("account")
async def test_what_is_asked_for_besides_is_ignored(client: AsyncClient) -> None:
    answer = await ask_for_token(client, audience="x", client_id="x", remember="true")

    assert answer.status_code == 200


@pytest.mark.usefixtures("account")
async def test_the_media_type_may_have_parameters(client: AsyncClient) -> None:
    header = "Application/X-WWW-Form-URLencoded; charset=UTF-8"

    answer = await ask_for_token(client, {"Content-Type": header})

    assert answer.status_code == 200


async def test_a_password_may_be_typed_on_another_keyboard(client: AsyncClient) -> None:
    await register(client, ADA, "in the caf\u00e9 at nine")

    answer = await ask_for_token(client, password="in the cafe\u0301 at nine")

    assert answer.status_code == 200


async def test_characters_are_utf_8(client: AsyncClient) -> None:
    await add_account("ünï@exämple.com")
    # As browsers and `curl --data` send it: encoded, and not.
    for username in (b"%C3%BCn%C3%AF%40ex%C3%A4mple.com", "ünï@exämple.com".encode()):
        form = b"grant_type=password&username=" + username
        form += b"&password=" + PASSWORD.replace(" ", "+").encode()

        answer = await client.post("/auth/token", content=form, headers=FORM)

        assert answer.status_code == 200


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("changes", NOT_VALID.values(), ids=NOT_VALID)
async def test_a_request_that_is_not_valid_is_told_so(
    client: AsyncClient, changes: dict[str, Any]
) -> None:
    answer = await ask_for_token(client, **changes)

    assert error_of(answer) == (400, "invalid_request")
    assert is_to_the_letter(answer)


@pytest.mark.parametrize(("content", "media_type"), NO_FORMS.values(), ids=NO_FORMS)
async def test_what_is_no_form_is_refused(
    client: AsyncClient, content: bytes, media_type: str
) -> None:
    headers = {"Content-Type": media_type}

    answer = await client.post("/auth/token", content=content, headers=headers)

    assert error_of(answer) == (400, "invalid_request")
    assert is_to_the_letter(answer)


async def test_parameters_in_the_query_are_ignored(client: AsyncClient) -> None:
    form = {"grant_type": "password", "username": ADA, "password": PASSWORD}

    answer = await client.post("/auth/token", params=form, headers=FORM)

    assert error_of(answer) == (400, "invalid_request")


async def test_a_form_that_is_too_large_is_refused(client: AsyncClient) -> None:
    answer = await ask_for_token(client, password="x" * 70_000)

    assert error_of(answer) == (413, "invalid_request")
    assert is_to_the_letter(answer)


@pytest.mark.parametrize("grant_type", UNKNOWN_GRANTS)
async def test_an_unknown_grant_is_refused(
    client: AsyncClient, grant_type: str
) -> None:
    answer = await ask_for_token(client, grant_type=grant_type)

    assert error_of(answer) == (400, "unsupported_grant_type")
    assert is_to_the_letter(answer)
    assert all(known in answer.text for known in GRANTS)


async def test_whoever_cannot_sign_in_gets_one_answer(client: AsyncClient) -> None:
    await add_account(ADA)
    await add_account(BOB)
    await database.change_user(BOB, "is_active = false")

    answers = [
        await ask_for_token(client, username=email, password=password)
        for email, password in [
            ("nobody@example.com", PASSWORD),
            ("no address", PASSWORD),
            (ADA, OTHER_PASSWORD),
            (ADA, "x" * 5000),
            (BOB, PASSWORD),
        ]
    ]

    assert len({(a.status_code, a.text, tuple(a.headers)) for a in answers}) == 1
    assert error_of(answers[0]) == (400, "invalid_grant")
    assert is_to_the_letter(answers[0])


@pytest.mark.usefixtures("account")
async def test_who_guesses_too_often_has_to_wait(client: AsyncClient) -> None:
    for _ in range(settings.throttle_per_account_and_address):
        await ask_for_token(client, password=OTHER_PASSWORD)

    answer = await ask_for_token(client)

    assert error_of(answer) == (429, "too_many_attempts")
    assert int(answer.headers["retry-after"]) > 0
    assert is_to_the_letter(answer)


async def test_who_has_to_verify_their_address_is_granted_nothing(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "require_verified_email", True)
    await register(client, ADA)

    answer = await ask_for_token(client)

    assert error_of(answer) == (400, "invalid_grant")
    assert is_to_the_letter(answer)


async def test_a_scope_narrows_the_login(client: AsyncClient) -> None:
    await add_account(ADA, "admin")

    answer = await ask_for_token(client, scope="authenticated")

    assert answer.json()["scope"] == "authenticated"
    carry(client, answer.json()["access_token"])
    assert (await client.get("/users")).status_code == 403


async def test_a_narrowed_login_makes_no_wider_key(client: AsyncClient) -> None:
    await add_account(ADA, "admin")
    token = (await ask_for_token(client, scope="authenticated")).json()
    carry(client, token["access_token"])

    answer = await create_key(client, "admin")

    assert code_of(answer) == (403, "insufficient_scope")


async def test_scopes_are_told_in_order_and_once(client: AsyncClient) -> None:
    await add_account(ADA, "admin")

    answer = await ask_for_token(client, scope="authenticated admin authenticated")

    assert answer.json()["scope"] == "admin authenticated"


async def test_an_empty_scope_counts_as_none(client: AsyncClient) -> None:
    await add_account(ADA, "admin")

    answer = await ask_for_token(client, scope="")

    assert answer.json()["scope"] == "admin authenticated"


async def test_a_super_may_ask_for_what_that_contains(client: AsyncClient) -> None:
    await add_account(ADA, "super")

    answer = await ask_for_token(client, scope="admin")

    assert answer.json()["scope"] == "admin"
    carry(client, answer.json()["access_token"])
    assert (await client.get("/users")).status_code == 200


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("scope", WIDER_SCOPES)
async def test_a_wider_scope_is_refused(client: AsyncClient, scope: str) -> None:
    answer = await ask_for_token(client, scope=scope)

    assert error_of(answer) == (400, "invalid_scope")
    assert is_to_the_letter(answer)


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    "header",
    [
        "Basic Y2xpZW50OnNlY3JldA==",  # client:secret
        "basic OnNlY3JldA==",  # :secret
        "Basic Y2xpZW50OmE6",  # client:a:
        "Basic Y2xpZW50",  # client
        "Basic !",
        "Basic",
    ],
)
async def test_a_client_with_a_secret_is_unknown(
    client: AsyncClient, header: str
) -> None:
    answer = await ask_for_token(client, {"Authorization": header})

    assert error_of(answer) == (401, "invalid_client")
    assert answer.headers["www-authenticate"] == 'Basic realm="accounts"'
    assert is_to_the_letter(answer)


@pytest.mark.usefixtures("account")
async def test_a_secret_in_the_form_is_no_better(client: AsyncClient) -> None:
    answer = await ask_for_token(client, client_id="client", client_secret="secret")

    assert error_of(answer) == (401, "invalid_client")


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    "header",
    [
        "Basic Og==",  # an empty id and secret, as Swagger UI sends
        "Basic Y2xpZW50Og==",  # client and an empty secret
    ],
)
async def test_a_public_client_may_say_so(client: AsyncClient, header: str) -> None:
    answer = await ask_for_token(client, {"Authorization": header}, client_secret="")

    assert answer.status_code == 200


async def test_who_is_signed_in_may_sign_in_again(ada: AsyncClient) -> None:
    assert (await ask_for_token(ada)).status_code == 200


@pytest.mark.parametrize("path", ["/auth/token", "/auth/revoke"])
async def test_a_token_is_never_asked_for_by_get(
    client: AsyncClient, path: str
) -> None:
    answer = await client.get(path)

    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


@pytest.fixture
async def answers_while_away(ada: AsyncClient, client: AsyncClient) -> list[Response]:
    async with it_hangs_up():
        return [await ask_for_token(client), await revoke(client, credential(ada))]


async def test_a_database_that_is_away_is_told_as_an_error_of_oauth(
    ada: AsyncClient, answers_while_away: list[Response]
) -> None:
    for answer in answers_while_away:
        assert error_of(answer) == (503, "temporarily_unavailable")
        assert is_to_the_letter(answer)
        # RFC 7009 §2.2.1
        assert int(answer.headers["retry-after"]) > 0
    assert (await ada.get("/users/me")).status_code == 200


async def test_what_breaks_inside_is_told_as_an_error_of_oauth(
    client: AsyncClient,
) -> None:
    await register(client)

    async with database.without("users"):
        answer = await ask_for_token(client)

    assert error_of(answer) == (500, "server_error")
    assert is_to_the_letter(answer)


async def test_what_the_server_gives_up_is_told_as_an_error_of_oauth() -> None:
    router = APIRouter(route_class=OAuthRoute)

    @router.get("/")
    async def give_up() -> None:
        raise CancelledError

    app = FastAPI()
    app.include_router(router)
    transport = ASGITransport(app)
    async with AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get("/")

    assert error_of(answer) == (503, "temporarily_unavailable")
    assert int(answer.headers["retry-after"]) > 0


async def test_who_hangs_up_is_no_error_of_ours(
    client: AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    await client.post("/auth/token", content=cut_off(b"grant_type="), headers=FORM)

    assert [it for it in caplog.records if it.levelname == "ERROR"] == []
