"""Refuse what was sent, but only after settling who sent it.

The framework reads a body before it asks who is calling. So whoever sends a body
that cannot be read, or is too large, is asked for a credential first.
"""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI, Request, status
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.security.base import SecurityBase
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app.access import answer_not_signed_in
from app.errors import NotSignedIn, answer_http_exception, answer_invalid

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


async def refuse(request: Request, error: Exception) -> Response:
    if is_about_the_method(error):
        offered = {"Allow": ", ".join(methods_offered(request))}
        error = HTTPException(status.HTTP_405_METHOD_NOT_ALLOWED, headers=offered)
        return await answer_http_exception(request, error)
    try:
        await settle_who_calls(request)
    except NotSignedIn as problem:
        return await answer_not_signed_in(request, problem)
    except HTTPException as too_large:
        error = too_large
    if isinstance(error, RequestValidationError):
        return await answer_invalid(request, error)
    return await answer_http_exception(request, error)


def is_about_the_method(error: Exception) -> bool:
    return (
        isinstance(error, HTTPException)
        and error.status_code == status.HTTP_405_METHOD_NOT_ALLOWED
    )


def methods_offered(request: Request) -> list[str]:
    """Return all methods of a path (RFC 9110 §10.2.1), not of its first route alone."""
    return [
        method
        for method in METHODS
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL
            for route in request.app.routes
        )
    ]


async def settle_who_calls(request: Request) -> None:
    """Raise `NotSignedIn` if the route asks for a credential and there is no good one."""
    dependant = getattr(request.scope.get("route"), "dependant", None)
    for find_caller in asked_by(dependant) if dependant else ():
        await find_caller(request)


def asked_by(dependant: Dependant) -> Iterator[Any]:
    """Return what asks for a credential among all that a route depends on."""
    if isinstance(dependant.call, SecurityBase):
        yield dependant.call
    for each in dependant.dependencies:
        yield from asked_by(each)


def add_refusals(app: FastAPI) -> None:
    app.add_exception_handler(RequestValidationError, refuse)
    app.add_exception_handler(HTTPException, refuse)
