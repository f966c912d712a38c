"""How a client proves who it is: by a cookie that it got at sign-in."""

from fastapi import FastAPI

from app import cors
from app.access.caller import ByLogin, SignedIn, requires
from app.access.cookie import CookieInAnswers
from app.access.cross_site import SameOriginOnly, require_named_origins
from app.access.routes import router
from app.access.session import answer_not_signed_in
from app.settings import settings

__all__ = [
    "ByLogin",
    "SignedIn",
    "answer_not_signed_in",
    "install",
    "requires",
]


def install(app: FastAPI) -> None:
    app.include_router(router)
    app.add_middleware(CookieInAnswers)
    # Before all that reads who calls or what is sent.
    app.add_middleware(SameOriginOnly)
    # Only around it, since it also answers what is refused there.
    require_named_origins(settings.cors_origins)
    cors.install(app, credentials=True)
