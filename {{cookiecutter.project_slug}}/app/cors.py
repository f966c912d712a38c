"""Which other sites' pages may read answers: `CORS_ORIGINS`."""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from app.settings import settings

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
READABLE = ("X-Request-ID", "Retry-After")


def install(app: FastAPI, credentials: bool) -> None:
    """Let them, with what browsers send by themselves or without."""
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=METHODS,
            allow_headers=["*"],
            allow_credentials=credentials,
            expose_headers=READABLE,
        )
