"""The stylesheet and the icon. Their addresses change with them, so browsers may keep them."""

from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, Request, Response

router = APIRouter(include_in_schema=False)

FOLDER = Path(__file__).parent / "assets"

FOR_A_YEAR = {"Cache-Control": "public, max-age=31536000, immutable"}


def url_of(name: str) -> str:
    """Return its address as it is now, so that a new color needs no new start."""
    return f"/{name}?{hash_of(content_of(name))}"


def hash_of(content: bytes) -> str:
    return sha256(content).hexdigest()[:16]


def content_of(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


@router.get("/style.css")
async def style(request: Request) -> Response:
    return asset(request, "style.css", "text/css")


@router.get("/icon.svg")
async def icon(request: Request) -> Response:
    return asset(request, "icon.svg", "image/svg+xml")


def asset(request: Request, name: str, media_type: str) -> Response:
    content = content_of(name)
    # In a rolling release a page of the new one may ask the old one.
    is_current = request.url.query == hash_of(content)
    headers = FOR_A_YEAR if is_current else None
    return Response(content, media_type=media_type, headers=headers)
