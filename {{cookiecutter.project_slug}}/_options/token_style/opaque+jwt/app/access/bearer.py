"""Bearer tokens in the `Authorization` header, and the answers without one: RFC 6750."""

from fastapi import FastAPI, Request, status
from fastapi.responses import Response

from app.errors import InsufficientScope, NotSignedIn, Problem, answer
from app.openapi import API_KEY_HEADER

REALM = "accounts"
SCHEME = "bearer"
CREDENTIALS = {b"authorization", API_KEY_HEADER.lower().encode()}


class BadToken(NotSignedIn):
    detail = "The access token is unknown, expired or revoked."


class BadKey(BadToken):
    detail = "The API key is unknown, expired or removed."


class TwoCredentials(NotSignedIn):
    """Nobody is signed in by two credentials: which of them counts is anyone's guess."""

    status = status.HTTP_400_BAD_REQUEST
    code = "invalid_request"
    detail = "Send one credential."


def bearer_token(request: Request) -> str:
    """Return the token of the header, or raise `NotSignedIn` if there is none.

    A token in the query or the body is ignored: it would be in logs (RFC 9700 §4.3.2).
    """
    require_one_credential(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != SCHEME or not token.strip():
        raise NotSignedIn
    return token.strip()


def api_key(request: Request) -> str | None:
    """Return the API key of its header, if there is one."""
    require_one_credential(request)
    return request.headers.get(API_KEY_HEADER)


def require_one_credential(request: Request) -> None:
    if sum(name in CREDENTIALS for name, _ in request.headers.raw) > 1:
        raise TwoCredentials


def challenge(**parameters: str) -> str:
    """Return the value of a `WWW-Authenticate` header (RFC 6750 §3)."""
    pairs = {"realm": REALM, **parameters}
    return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in pairs.items())


async def answer_not_signed_in(request: Request, problem: Exception) -> Response:
    match problem:
        case TwoCredentials():
            return answer_with(problem, challenge(error="invalid_request"))
        case BadToken():
            return answer_with(problem, challenge(error="invalid_token"))
        case _:
            # Without a credential the answer names no error (RFC 6750 §3.1).
            assert isinstance(problem, NotSignedIn)
            return answer_with(problem, challenge())


async def answer_insufficient_scope(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, InsufficientScope)
    return answer_with(
        problem, challenge(error="insufficient_scope", scope=problem.scope)
    )


def answer_with(problem: Problem, challenge: str) -> Response:
    response = answer(problem)
    response.headers["WWW-Authenticate"] = challenge
    return response


def add_challenges(app: FastAPI) -> None:
    app.add_exception_handler(NotSignedIn, answer_not_signed_in)
    app.add_exception_handler(InsufficientScope, answer_insufficient_scope)
