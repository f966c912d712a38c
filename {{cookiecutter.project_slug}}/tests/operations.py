"""Every operation of the service, as its OpenAPI document tells clients."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from httpx2 import AsyncClient, Response

from app.main import app
from tests.naughty import DEEP

DOCUMENT = app.openapi()

# Longer addresses are refused by whatever stands before a service.
LONGEST_IN_ADDRESS = 8_000

# What is no text is sent all the same: it must be refused, not crash.
quoted = partial(quote, safe="", errors="surrogatepass")
form = partial(urlencode, errors="surrogatepass")


def in_json(values: dict[str, Any]) -> str:
    """Return it as JSON, in which stands as it is what is too deep to be encoded."""
    return json.dumps(values).replace(f'"{DEEP}"', DEEP)


ENCODERS: dict[str, Callable[[dict[str, Any]], str]] = {
    "application/json": in_json,
    "application/x-www-form-urlencoded": form,
}


@dataclass(frozen=True)
class Operation:
    """A method of a path, with the names of all that a client may send."""

    method: str
    path: str
    in_path: list[str]
    in_query: list[str]
    in_body: list[str]
    media_type: str
    asks_for_a_credential: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def fields(self) -> list[str]:
        return self.in_path + self.in_query + self.in_body

    async def send(self, client: AsyncClient, values: dict[str, Any]) -> Response:
        """Send what the values hold of what the operation takes."""
        path = {name: quoted(in_address(values[name])) for name in self.in_path}
        query = {
            name: in_address(values[name]) for name in self.in_query if name in values
        }
        body = {name: values[name] for name in self.in_body if name in values}
        return await client.request(
            self.method,
            f"{self.path.format(**path)}?{form(query)}",
            content=ENCODERS[self.media_type](body),
            headers={"Content-Type": self.media_type},
        )


def in_address(value: Any) -> str:
    return str(value)[:LONGEST_IN_ADDRESS]


def operations() -> Iterator[Operation]:
    for path, methods in DOCUMENT["paths"].items():
        for method, described in methods.items():
            parameters = described.get("parameters", [])
            media_type, body = body_of(described)
            yield Operation(
                method,
                path,
                [it["name"] for it in parameters if it["in"] == "path"],
                [it["name"] for it in parameters if it["in"] == "query"],
                list(body.get("properties", {})),
                media_type,
                bool(described.get("security")),
            )


def body_of(described: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the media type and the schema of what is sent."""
    content = described.get("requestBody", {"content": {"application/json": {}}})
    ((media_type, body),) = content["content"].items()
    schema: dict[str, Any] = body.get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return media_type, DOCUMENT["components"]["schemas"].get(name, schema)


OPERATIONS = list(operations())

# They need a password, or manage logins and keys: who finds a key must not be able to
# take the account over, nor to stay in when it is removed.
BY_LOGIN_ONLY = {
    ("post", "/auth/logout"),
    ("post", "/auth/password/change"),
    ("post", "/auth/email/change"),
    ("get", "/auth/logins"),
    ("delete", "/auth/logins"),
    ("delete", "/auth/logins/{login_id}"),
    ("post", "/auth/api-keys"),
    ("get", "/auth/api-keys"),
    ("delete", "/auth/api-keys/{key_id}"),
    ("delete", "/users/me"),
}
