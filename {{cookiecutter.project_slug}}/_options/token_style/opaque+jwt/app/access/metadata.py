"""What clients need to know of this authorization server: RFC 8414 §2."""

from typing import Any

from app.access.grants import GRANTS
from app.settings import settings


def metadata() -> dict[str, Any]:
    return {
        "issuer": settings.public_url,
        "token_endpoint": address_of("/auth/token"),
        "revocation_endpoint": address_of("/auth/revoke"),
        "introspection_endpoint": address_of("/auth/introspect"),
        # Clients are public: none has a secret.
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "grant_types_supported": list(GRANTS),
        # There is no authorization endpoint.
        "response_types_supported": [],
        "scopes_supported": list(settings.all_scopes),
    }


def address_of(path: str) -> str:
    return settings.public_url + path
