"""Swagger UI at `/docs`, with the assets that a package of the registry ships."""

from pathlib import Path

import fastapi_offline
from fastapi import FastAPI
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles

HERE = Path(__file__).parent
SWAGGER_UI = Path(fastapi_offline.__file__).parent / "static"

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # Swagger UI writes styles into its elements
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)


def install(app: FastAPI, shown: bool) -> None:
    if not shown:
        return
    app.add_route("/docs", show, include_in_schema=False)
    app.add_route("/docs/start.js", start, include_in_schema=False)
    app.mount("/docs/swagger-ui", StaticFiles(directory=SWAGGER_UI))


async def show(_: object) -> FileResponse:
    headers = {"Content-Security-Policy": POLICY}
    return FileResponse(HERE / "index.html", headers=headers)


async def start(_: object) -> FileResponse:
    return FileResponse(HERE / "start.js", media_type="text/javascript")
