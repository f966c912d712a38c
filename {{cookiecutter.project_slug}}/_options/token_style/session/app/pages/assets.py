"""The stylesheet and the icon. Their addresses change with them, so browsers may keep them."""

from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, Response

router = APIRouter(include_in_schema=False)

FOLDER = Path(__file__).parent / "assets"
STYLE = (FOLDER / "style.css").read_bytes()
ICON = (FOLDER / "icon.svg").read_bytes()
STYLE_URL = f"/style.css?{sha256(STYLE).hexdigest()[:16]}"

FOR_A_YEAR = {"Cache-Control": "public, max-age=31536000, immutable"}


@router.get("/style.css")
async def style() -> Response:
    return Response(STYLE, media_type="text/css", headers=FOR_A_YEAR)


@router.get("/icon.svg")
async def icon() -> Response:
    return Response(ICON, media_type="image/svg+xml", headers=FOR_A_YEAR)
