"""What the API document says of all operations alike."""

from typing import Any

from fastapi import FastAPI

API_KEY_SCHEME = "API key"
API_KEY_HEADER = "X-API-Key"

PROBLEM = {
    "description": "A problem (RFC 9457).",
    "content": {
        "application/problem+json": {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "detail", "code"],
                "properties": {
                    "type": {"type": "string"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                    "code": {"type": "string"},
                    "errors": {"type": "array", "items": {"type": "object"}},
                },
            }
        }
    },
}


class DescribedApp(FastAPI):
    """An application whose document tells of API keys and of problems."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            add_api_keys(super().openapi())
        return super().openapi()


def add_api_keys(document: dict[str, Any]) -> None:
    """Say that an API key signs in wherever another credential does."""
    schemes = document["components"]["securitySchemes"]
    schemes[API_KEY_SCHEME] = {"type": "apiKey", "in": "header", "name": API_KEY_HEADER}
    for operations in document["paths"].values():
        for operation in operations.values():
            asked_for = operation.get("security")
            if asked_for and {API_KEY_SCHEME: []} not in asked_for:
                asked_for.append({API_KEY_SCHEME: []})
