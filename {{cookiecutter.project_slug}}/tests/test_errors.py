"""What goes wrong is answered as a problem (RFC 9457), whatever was sent."""

import json
from asyncio import CancelledError, Event, create_task, sleep
from collections.abc import AsyncIterator

import pytest
from fastapi import HTTPException, Request
from httpx2 import ASGITransport, AsyncClient, Response
from starlette.types import Receive, Scope, Send

from app.errors import answer_http_exception
from app.later import finish
from app.middleware import AnswerHeaders, ServerErrors
from tests import database
from tests.access.signing_in import sign_in
from tests.people import ADA, PASSWORD, code_of, register

JSON = {"Content-Type": "application/json"}
SECRET = "a secret that stays one"
REGISTRATION = {"email": ADA, "password": PASSWORD}


async def post(client: AsyncClient, body: bytes, **headers: str) -> Response:
    return await client.post("/auth/register", content=body, headers=JSON | headers)


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    """Send a body without announcing its length."""
    for start in range(0, len(body), 1000):
        yield body[start : start + 1000]


async def test_a_problem_tells_what_and_why(client: AsyncClient) -> None:
    await register(client, ADA)

    answer = await register(client, ADA)

    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "An account with this email exists.",
        "code": "email_taken",
    }


@pytest.mark.parametrize("path", ["/nowhere", "/users/me/", "//users/me", "/auth/%00"])
async def test_there_is_nothing_where_nothing_was_put(
    client: AsyncClient, path: str
) -> None:
    answer = await client.get(path)

    assert code_of(answer) == (404, "not_found")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "offered"),
    [
        ("/auth/register", "POST"),
        ("/users/me", "GET, PATCH, DELETE"),
        ("/auth/logins", "GET, DELETE"),
    ],
)
async def test_a_method_that_is_not_offered_is_refused_with_those_that_are(
    client: AsyncClient, path: str, offered: str
) -> None:
    answer = await client.put(path)

    assert code_of(answer) == (405, "method_not_allowed")
    assert answer.headers["allow"] == offered


async def test_a_route_may_say_why_not_in_the_words_of_the_framework() -> None:
    request = Request({"type": "http"})

    for status, code in [(400, "bad_request"), (403, "forbidden"), (404, "not_found")]:
        answer = await answer_http_exception(request, HTTPException(status, "Not so."))

        told = json.loads(bytes(answer.body))
        assert answer.status_code == status
        assert (told["code"], told["detail"]) == (code, "Not so.")


async def test_a_validation_error_says_where_and_what(client: AsyncClient) -> None:
    answer = await client.post("/auth/register", json={"email": ADA})

    assert code_of(answer) == (422, "validation_error")
    assert answer.json()["errors"] == [
        {"loc": ["body", "password"], "msg": "Field required", "type": "missing"}
    ]


@pytest.mark.parametrize(
    "sent",
    [
        {"email": ADA, "password": [SECRET]},
        {"email": ADA, "password": {SECRET[::-1]: SECRET}},
        {"email": ADA, "password": SECRET + "\0"},
        {"email": SECRET, "password": PASSWORD},
        {"email": ADA, "password": PASSWORD, "name": SECRET * 20},
        {"email": ADA, "password": PASSWORD, "name": [SECRET]},
        {"email": ADA, "password": PASSWORD, "pasword": SECRET},
        [SECRET],
        SECRET,
    ],
)
async def test_a_validation_error_never_repeats_what_was_sent(
    client: AsyncClient, sent: object
) -> None:
    answer = await client.post("/auth/register", json=sent)

    assert code_of(answer) == (422, "validation_error")
    assert SECRET not in answer.text
    assert all(set(it) == {"loc", "msg", "type"} for it in answer.json()["errors"])


async def test_a_weak_password_is_not_repeated(client: AsyncClient) -> None:
    answer = await register(client, ADA, "too short")

    assert "too short" not in answer.text


async def test_a_query_that_does_not_fit_is_not_repeated(admin: AsyncClient) -> None:
    answer = await admin.get("/users", params={"limit": SECRET, "cursor": SECRET})

    assert answer.status_code == 422
    assert SECRET not in answer.text


MALFORMED = {
    "nothing": b"",
    "half": b'{"email": "ada@exam',
    "no JSON": b"email=ada@example.com",
    "trailing": b'{"email": "ada@example.com"}]',
    "not UTF-8": b'{"email": "\xff\xfe"}',
    "NUL": b"\0",
    "deep list": b"[" * 60_000,
    "deep object": b'{"email":' * 6_000,
    "deep and closed": b"[" * 30_000 + b"]" * 30_000,
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_body_is_refused(client: AsyncClient, body: bytes) -> None:
    assert code_of(await post(client, body)) == (422, "validation_error")


VALUES = {
    "NaN": b"NaN",
    "infinite": b"Infinity",
    "negative infinite": b"-Infinity",
    "beyond a float": b"1e400",
    "5000 digits": b"9" * 5000,
    "4000 digits": b"9" * 4000,
    "lone surrogate": rb'"\ud800"',
    "lone surrogates": rb'["\udfff", {"\ud800": "\ud800"}]',
    "list": b"[]",
    "object": b"{}",
}


@pytest.mark.parametrize("member", [*REGISTRATION, "name", "unknown"])
@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
async def test_a_value_that_fits_nowhere_is_refused(
    client: AsyncClient, member: str, value: bytes
) -> None:
    body = json.dumps(REGISTRATION | {member: "?"}).encode()
    sent = body.replace(b'"?"', value)

    assert code_of(await post(client, sent)) == (422, "validation_error")


async def test_the_name_of_a_member_may_be_anything(client: AsyncClient) -> None:
    answer = await post(client, rb'{"\ud800": 1, "\u0000": 2, "\uffff": 3}')

    assert code_of(answer) == (422, "validation_error")


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "", "nonsense"]
)
async def test_json_is_taken_only_as_json(client: AsyncClient, media_type: str) -> None:
    body = json.dumps(REGISTRATION).encode()

    answer = await post(client, body, **{"Content-Type": media_type})

    assert code_of(answer) == (422, "validation_error")


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_over_64_kib_is_refused(
    client: AsyncClient, announced: bool
) -> None:
    body = json.dumps(REGISTRATION | {"name": "x" * 65_536}).encode()

    answer = await client.post(
        "/auth/register",
        content=body if announced else in_pieces(body),
        headers=JSON,
    )

    assert code_of(answer) == (413, "body_too_large")


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_of_64_kib_is_read(client: AsyncClient, announced: bool) -> None:
    body = json.dumps(REGISTRATION).encode().ljust(65_536)

    answer = await client.post(
        "/auth/register",
        content=body if announced else in_pieces(body),
        headers=JSON,
    )

    assert answer.status_code == 201


async def test_no_more_is_read_of_a_body_than_64_kib(client: AsyncClient) -> None:
    asked_for = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal asked_for
        while True:
            asked_for += 1000
            yield b" " * 1000

    answer = await client.post("/auth/register", content=endless(), headers=JSON)

    assert answer.status_code == 413
    assert asked_for < 70_000


@pytest.mark.parametrize("length", [b"-1", b"nonsense", b"9" * 5000, b"\xb2"])
async def test_the_length_of_a_body_may_be_a_lie(
    client: AsyncClient, length: bytes
) -> None:
    headers = {b"Content-Type": b"application/json", b"Content-Length": length}
    body = json.dumps(REGISTRATION).encode()

    answer = await client.post("/auth/register", content=body, headers=headers)

    assert answer.status_code in (201, 413, 422)


async def test_what_breaks_inside_is_told_to_nobody(ada: AsyncClient) -> None:
    async with database.without("users"):
        answer = await ada.get("/users/me", headers={"X-Request-ID": "to-be-found"})

    assert code_of(answer) == (500, "internal_error")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == "to-be-found"
    assert "users" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "content", "loc"),
    [
        ("POST", "/auth/register", {"email": ADA, "password": "short"}, "password"),
        ("POST", "/auth/api-keys", {"name": "x", "scopes": ["nonsense"]}, "scopes"),
        ("GET", "/auth/events?cursor=x", None, "cursor"),
    ],
)
async def test_a_rule_names_the_field_too_that_does_not_fit(
    ada: AsyncClient, method: str, path: str, content: object, loc: str
) -> None:
    problem = (await ada.request(method, path, json=content)).json()

    (error,) = problem["errors"]
    assert error["loc"][-1] == loc
    assert (error["msg"], error["type"]) == (problem["detail"], problem["code"])


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/auth/logout"), ("DELETE", "/auth/logins"), ("GET", "/users/me")],
)
async def test_a_body_that_nobody_reads_is_refused_as_well(
    ada: AsyncClient, client: AsyncClient, method: str, path: str
) -> None:
    too_large = b"x" * 65_537

    answers = [
        await it.request(method, path, content=too_large) for it in (ada, client)
    ]

    assert code_of(answers[0]) == (413, "body_too_large")
    assert answers[1].status_code == 401
    assert (await ada.get("/users/me")).status_code == 200


@pytest.mark.parametrize("remember", [1, "yes", "true", None])
async def test_what_is_of_another_type_is_refused(
    client: AsyncClient, remember: object
) -> None:
    content = {"email": ADA, "password": PASSWORD, "remember": remember}

    answer = await client.post("/auth/login", json=content)

    assert code_of(answer) == (422, "validation_error")


async def test_what_breaks_inside_is_found_in_the_log_by_its_request_id(
    ada: AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    async with database.without("users"):
        await ada.get("/users/me?token=x", headers={"X-Request-ID": "to-be-found"})

    (record,) = [it for it in caplog.records if it.levelname == "ERROR"]
    assert record.getMessage() == "GET /users/me failed, request id to-be-found"
    assert record.exc_info


@pytest.mark.parametrize("end", [BrokenPipeError, CancelledError])
async def test_an_answer_that_breaks_off_is_not_followed_by_another(
    end: type[BaseException],
) -> None:
    async def break_off(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise end

    transport = ASGITransport(AnswerHeaders(ServerErrors(break_off)))
    async with AsyncClient(transport=transport, base_url="http://localhost") as client:
        # The server cuts the connection, so that the client notices.
        with pytest.raises(end):
            await client.get("/")


async def test_what_the_server_gives_up_is_to_be_tried_again() -> None:
    async def give_up(scope: Scope, receive: Receive, send: Send) -> None:
        raise CancelledError

    transport = ASGITransport(AnswerHeaders(ServerErrors(give_up)))
    async with AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get("/")

    assert code_of(answer) == (503, "unavailable")


async def test_the_stop_waits_until_what_was_given_up_lets_go() -> None:
    begun, has_let_go = Event(), Event()

    async def let_go(scope: Scope, receive: Receive, send: Send) -> None:
        begun.set()
        try:
            await Event().wait()
        finally:
            # A transaction that is rolled back.
            await sleep(0)
            has_let_go.set()

    transport = ASGITransport(AnswerHeaders(ServerErrors(let_go)))
    async with AsyncClient(transport=transport, base_url="http://localhost") as client:
        asking = create_task(client.get("/"))
        await begun.wait()
        asking.cancel()
        await finish(seconds=60)
        assert has_let_go.is_set()
        answer = await asking

    assert code_of(answer) == (503, "unavailable")


async def test_the_service_works_on_after_it_broke(
    ada: AsyncClient, client: AsyncClient
) -> None:
    async with database.without("users"):
        assert (await sign_in(client, ADA, PASSWORD)).status_code == 500

    assert (await sign_in(client, ADA, PASSWORD)).status_code == 200
    assert (await ada.get("/users/me")).status_code == 200
