"""The stylesheet and the icon. Their addresses change with them, so browsers may keep them."""

from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, Response

router = APIRouter(include_in_schema=False)

FOLDER = Path(__file__).parent / "assets"

FOR_A_YEAR = {"Cache-Control": "public, max-age=31536000, immutable"}


def url_of(name: str) -> str:
    """Return its address as it is now, so that a new color needs no new start."""
    return f"/{name}?{sha256(content_of(name)).hexdigest()[:16]}"


def content_of(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


@router.get("/style.css")
async def style() -> Response:
    return Response(content_of("style.css"), media_type="text/css", headers=FOR_A_YEAR)


@router.get("/icon.svg")
async def icon() -> Response:
    content = content_of("icon.svg")
    return Response(content, media_type="image/svg+xml", headers=FOR_A_YEAR)
