"""What clients and other services may find out before they use this one: RFC 8615."""

from typing import Any

from fastapi import APIRouter, Response

from app.access.metadata import address_of, metadata
from app.access.settings import jwt_settings

# Whoever verifies tokens need not ask each time, nor wait for long for a new key.
FOR_FIVE_MINUTES = "public, max-age=300"

router = APIRouter(prefix="/.well-known", tags=["oauth"])


@router.get("/oauth-authorization-server")
async def describe() -> dict[str, Any]:
    """The metadata of RFC 8414."""
    return metadata() | {"jwks_uri": address_of("/.well-known/jwks.json")}


@router.get("/jwks.json")
async def keys(response: Response) -> dict[str, Any]:
    """The public keys that verify access tokens (RFC 7517 §5); a secret is none."""
    response.headers["Cache-Control"] = FOR_FIVE_MINUTES
    return {"keys": [jwk for key in jwt_settings.jwt_keys if (jwk := key.public)]}
