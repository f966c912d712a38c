"""Where clients come in: what they sign in by, and the pages."""

from fastapi import FastAPI

from app import access, pages


def install(app: FastAPI) -> None:
    access.install(app)
    pages.install(app)
