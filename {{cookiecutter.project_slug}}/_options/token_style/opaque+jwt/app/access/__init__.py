"""How a client proves who it is: by a token in the `Authorization` header."""

from fastapi import FastAPI

from app import cors
from app.access import oauth_routes, routes, well_known
from app.access.bearer import add_challenges, answer_not_signed_in
from app.access.caller import ByLogin, SignedIn, requires

__all__ = [
    "ByLogin",
    "SignedIn",
    "answer_not_signed_in",
    "install",
    "requires",
]


def install(app: FastAPI) -> None:
    for part in (routes, oauth_routes, well_known):
        app.include_router(part.router)
    add_challenges(app)
    # A token is sent by who has it, never by a browser on its own.
    cors.install(app, credentials=False)
