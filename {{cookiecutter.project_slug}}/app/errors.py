"""What can go wrong, and the answer a client gets for it."""

import json
import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from fastapi import Request, status
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

MEDIA_TYPE = "application/problem+json"

# What an operator is told who forgot it.
NOT_CURRENT = "The schema is not current: run `python -m app migrate`."

# What FastAPI says of a body that is no text, or nested too deeply.
UNREADABLE = "There was an error parsing the body"

CODES = {
    status.HTTP_404_NOT_FOUND: "not_found",
    status.HTTP_405_METHOD_NOT_ALLOWED: "method_not_allowed",
    status.HTTP_413_CONTENT_TOO_LARGE: "body_too_large",
}


class Problem(Exception):
    """Something that a client is told about: a status, a stable code and words."""

    status: ClassVar[int] = status.HTTP_400_BAD_REQUEST
    code: ClassVar[str] = "bad_request"
    detail: str = "The request could not be carried out."
    headers: Mapping[str, str] | None = None

    def __init__(self, detail: str | None = None) -> None:
        self.detail = detail or type(self).detail
        super().__init__(self.detail)

    @property
    def members(self) -> dict[str, Any]:
        """Return what the answer tells besides."""
        return {}


class NotSignedIn(Problem):
    status = status.HTTP_401_UNAUTHORIZED
    code = "not_authenticated"
    detail = "Sign in first."


class InvalidCredentials(Problem):
    # One for all reasons: a stranger must not learn who has an account.
    status = status.HTTP_401_UNAUTHORIZED
    code = "invalid_credentials"
    detail = "Email or password is wrong."


class EmailNotVerified(Problem):
    status = status.HTTP_403_FORBIDDEN
    code = "email_not_verified"
    detail = "Open the link in the mail that was just sent to this address."


class InteractiveLoginRequired(Problem):
    # Whoever holds a key must not be able to take the account over with it.
    status = status.HTTP_403_FORBIDDEN
    code = "interactive_login_required"
    detail = "An API key may not do this: sign in."


class InvalidToken(Problem):
    # One for unknown, used and expired: none of them is anybody's business.
    code = "invalid_token"
    detail = "The link is unknown, was used already, or is too old."


class WrongPassword(Problem):
    status = status.HTTP_403_FORBIDDEN
    code = "wrong_password"
    detail = "The current password is wrong."


class InsufficientScope(Problem):
    status = status.HTTP_403_FORBIDDEN
    code = "insufficient_scope"
    detail = "You are not allowed to do this."

    def __init__(self, scope: str) -> None:
        super().__init__(f"This needs the scope {scope}.")
        self.scope = scope


class NotFound(Problem):
    status = status.HTTP_404_NOT_FOUND
    code = "not_found"
    detail = "There is nothing here."


class EmailTaken(Problem):
    status = status.HTTP_409_CONFLICT
    code = "email_taken"
    detail = "An account with this email exists."


class LastSuper(Problem):
    status = status.HTTP_409_CONFLICT
    code = "last_super"
    detail = "No active super user would be left."


class TooManyApiKeys(Problem):
    status = status.HTTP_409_CONFLICT
    code = "too_many_api_keys"

    def __init__(self, most: int) -> None:
        super().__init__(f"There are {most} API keys already. Remove one first.")


class Invalid(Problem):
    """What was sent does not fit, beyond what its schema can tell."""

    status = status.HTTP_422_UNPROCESSABLE_CONTENT
    code = "validation_error"
    detail = "The request does not fit."

    def __init__(
        self, detail: str | None = None, loc: tuple[str, ...] = ("body",)
    ) -> None:
        super().__init__(detail)
        self.loc = loc

    @property
    def members(self) -> dict[str, Any]:
        mistake = {"loc": self.loc, "msg": self.detail, "type": self.code}
        return {"errors": [mistake]}


class WeakPassword(Invalid):
    code = "weak_password"
    detail = "Choose another password."


class TooManyAttempts(Problem):
    status = status.HTTP_429_TOO_MANY_REQUESTS
    code = "too_many_attempts"

    def __init__(self, retry_after: int) -> None:
        minutes = math.ceil(retry_after / 60)
        super().__init__(f"There were too many attempts. Try again in {minutes} min.")
        # In seconds (RFC 9110 §10.2.3).
        self.headers = {"Retry-After": str(retry_after)}


class Unavailable(Problem):
    status = status.HTTP_503_SERVICE_UNAVAILABLE
    code = "unavailable"
    detail = "The service cannot answer now. Try again in a moment."
    # In seconds (RFC 9110 §10.2.3).
    headers: Mapping[str, str] | None = {"Retry-After": "5"}


class InternalError(Problem):
    status = status.HTTP_500_INTERNAL_SERVER_ERROR
    code = "internal_error"
    detail = "Something went wrong here. The request id finds it in the log."


def problem_response(
    status_code: int,
    code: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> Response:
    """Return the problem details of RFC 9457 §3, with a code and members of our own."""
    content = {
        "type": "about:blank",
        "title": HTTPStatus(status_code).phrase,
        "status": status_code,
        "detail": detail,
        "code": code,
        **members,
    }
    # Plain ASCII, since names of unknown members may hold lone surrogates.
    body = json.dumps(content, ensure_ascii=True)
    return Response(body, status_code, headers, MEDIA_TYPE)


def answer(problem: Problem) -> Response:
    return problem_response(
        problem.status,
        problem.code,
        problem.detail,
        problem.headers,
        **problem.members,
    )


async def answer_problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return answer(problem)


async def answer_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # Neither the input nor what a message may quote of it: it may be a password.
    errors = [
        {"loc": each["loc"], "msg": each["msg"], "type": each["type"]}
        for each in error.errors()
    ]
    return problem_response(
        Invalid.status, Invalid.code, "What was sent does not fit.", errors=errors
    )


async def answer_http_exception(request: Request, error: Exception) -> Response:
    """Answer what the framework raises by itself, or a route for want of a `Problem`."""
    assert isinstance(error, HTTPException)
    if is_malformed(error):
        malformed = {"loc": ["body"], "msg": "Malformed", "type": "malformed"}
        return problem_response(
            Invalid.status, Invalid.code, "The body is malformed.", errors=[malformed]
        )
    known = CODES.get(error.status_code)
    code = known or HTTPStatus(error.status_code).name.lower()
    return problem_response(error.status_code, code, error.detail, error.headers)


def is_malformed(error: HTTPException) -> bool:
    """Whether it is the framework's word for a body that it could not read."""
    of_a_form = isinstance(error.__context__, MultiPartException)
    return of_a_form or error.detail == UNREADABLE
