"""The request that is being answered, for whoever writes it down."""

from contextvars import ContextVar

from starlette.types import Scope

from app.client import Client, client_of

# None where no request is behind what happens, as on the command line.
current: ContextVar[Scope | None] = ContextVar("current", default=None)


def request_id() -> str | None:
    scope = current.get()
    return scope["state"]["request_id"] if scope else None


def client() -> Client:
    """Return who sent the request."""
    scope = current.get()
    return client_of(scope) if scope else Client()
