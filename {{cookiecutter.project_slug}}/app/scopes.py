"""What a user may do: scopes, as in RFC 6749 §3.3."""

import re
from collections.abc import Iterable

AUTHENTICATED = "authenticated"
ADMIN = "admin"
SUPER = "super"
INTROSPECT = "introspect"
BUILT_IN = (AUTHENTICATED, ADMIN, SUPER, INTROSPECT)

SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


def is_scope(text: str) -> bool:
    """Whether the text is one scope-token of RFC 6749 §3.3."""
    return SCOPE_TOKEN.fullmatch(text) is not None


def with_implied(scopes: Iterable[str]) -> set[str]:
    """Add what the scopes contain: who is `super` may do all that an `admin` may."""
    held = set(scopes)
    return held | {ADMIN} if SUPER in held else held


def effective(granted: Iterable[str], held: Iterable[str]) -> set[str]:
    """Return what a login may do: what it was granted and its user still has."""
    return with_implied(granted) & with_implied(held)
