"""What clients may find out about this service before they use it: RFC 8615."""

from typing import Any

from fastapi import APIRouter

from app.access.metadata import metadata

router = APIRouter(prefix="/.well-known", tags=["oauth"])


@router.get("/oauth-authorization-server")
async def describe() -> dict[str, Any]:
    """The metadata of RFC 8414."""
    return metadata()
