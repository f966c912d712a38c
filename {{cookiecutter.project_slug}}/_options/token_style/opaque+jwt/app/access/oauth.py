"""The form and the errors of OAuth 2.0 endpoints: RFC 6749 §5.2."""

from asyncio import CancelledError
from base64 import b64decode
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request, status
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.access.bearer import REALM, challenge
from app.errors import (
    EmailNotVerified,
    InsufficientScope,
    InternalError,
    InvalidCredentials,
    Problem,
    Unavailable,
)
from app.failures import problem_of

FORM = "application/x-www-form-urlencoded"


class OAuthError(Problem):
    """An error with a code of RFC 6749 §5.2."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error


class InvalidClient(OAuthError):
    status = status.HTTP_401_UNAUTHORIZED

    def __init__(self, description: str, scheme: str) -> None:
        super().__init__("invalid_client", description)
        # The scheme that was tried, or should be (RFC 6749 §5.2).
        self.headers = {"WWW-Authenticate": f'{scheme} realm="{REALM}"'}


class OAuthRoute(APIRoute):
    """A route whose errors are those of OAuth 2.0, not problem details."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_or_answer_error(request: Request) -> Response:
            try:
                response = await handle(request)
            except (Problem, HTTPException) as problem:
                response = error_response(problem)
            except ClientDisconnect:
                # Nobody is there to read it, and nothing has failed.
                response = error_response(
                    OAuthError("invalid_request", "It broke off.")
                )
            except (Exception, CancelledError) as error:
                response = error_response(problem_of(error, request.scope))
            # For caches of HTTP/1.0, as RFC 6749 §5.1 asks for.
            response.headers["Pragma"] = "no-cache"
            return response

        return handle_or_answer_error


def error_response(problem: Problem | HTTPException) -> Response:
    match problem:
        case OAuthError(error=error):
            return error_answer(problem, problem.status, error)
        case InvalidCredentials() | EmailNotVerified():
            # 400, since a form is no authentication scheme of HTTP.
            return error_answer(problem, status.HTTP_400_BAD_REQUEST, "invalid_grant")
        case Unavailable():
            return error_answer(problem, problem.status, "temporarily_unavailable")
        case InternalError():
            return error_answer(problem, problem.status, "server_error")
        case InsufficientScope(scope=scope):
            response = error_answer(problem, problem.status, problem.code)
            needed = challenge(error=problem.code, scope=scope)
            response.headers["WWW-Authenticate"] = needed
            return response
        case Problem(code=code):
            return error_answer(problem, problem.status, code)
        case _:
            # A body that is too large.
            return error_answer(problem, problem.status_code, "invalid_request")


def error_answer(
    problem: Problem | HTTPException, status_code: int, error: str
) -> Response:
    content = {"error": error, "error_description": problem.detail}
    return JSONResponse(content, status_code, problem.headers)


async def read_form(request: Request) -> dict[str, str]:
    """Return the parameters that a public client sent, or raise `OAuthError`.

    Unknown ones are among them, to be ignored (RFC 6749 §3.2).
    """
    media_type = request.headers.get("content-type", "").partition(";")[0]
    if media_type.strip().lower() != FORM:
        raise OAuthError("invalid_request", f"Send the parameters as {FORM}.")
    sent = decode_form(await request.body())
    if len(dict(sent)) < len(sent):
        raise OAuthError("invalid_request", "A parameter is repeated.")
    # A parameter without a value counts as left out (RFC 6749 §3.2).
    form = {name: value for name, value in sent if value}
    if shows_a_secret(request.headers.get("authorization", ""), form):
        raise InvalidClient("Clients are public here: send no secret.", "Basic")
    return form


def decode_form(body: bytes) -> list[tuple[str, str]]:
    try:
        sent = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
    except ValueError:
        raise OAuthError("invalid_request", "A parameter is not UTF-8.") from None
    if any("\0" in value for _, value in sent):
        raise OAuthError("invalid_request", "A parameter has a NUL character.")
    return sent


def shows_a_secret(authorization: str, form: dict[str, str]) -> bool:
    """Whether a client claims to have a secret, which no client was ever given.

    Only its name, as `client_id` or with an empty secret, is no claim: that is
    what Swagger UI and many libraries send for a public client.
    """
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return "client_secret" in form
    try:
        _, colon, secret = b64decode(encoded.strip(), validate=True).partition(b":")
    except ValueError:
        return True
    return not colon or secret != b""


def required(form: dict[str, str], name: str) -> str:
    if name not in form:
        raise OAuthError("invalid_request", f"The parameter {name} is missing.")
    return form[name]
