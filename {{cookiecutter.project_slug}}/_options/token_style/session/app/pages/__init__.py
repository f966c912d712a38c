"""The pages: HTML for people, beside the JSON for programs."""

from fastapi import FastAPI

from app.pages import (
    account,
    assets,
    emails,
    home,
    login,
    passwords,
    registration,
    users,
)
from app.pages.problems import ProblemPages
from app.pages.visitors import Detour, take_detour

__all__ = ["install"]

PAGES = (assets, home, login, registration, passwords, emails, account, users)
PATHS = {route.path for pages in PAGES for route in pages.router.routes}


def install(app: FastAPI) -> None:
    for pages in PAGES:
        app.include_router(pages.router)
    app.add_exception_handler(Detour, take_detour)
    # Around what answers with problems, also those of the other layers.
    app.add_middleware(ProblemPages, paths=PATHS)
