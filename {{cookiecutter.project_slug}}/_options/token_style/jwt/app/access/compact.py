"""What a signed token says, read strictly: the compact form of RFC 7515 §7.1.

A token comes from strangers. Its length, shape and header are checked here before
any library sees it, so that what a library is lenient with makes no difference.
"""

import json
import re
from typing import Any

from app.access import base64url

LONGEST = 4096
THREE_SEGMENTS = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


def read_header(token: str) -> dict[str, Any]:
    """Return the header, not yet verified, or raise `ValueError` for no compact token."""
    if len(token) > LONGEST or not THREE_SEGMENTS.fullmatch(token):
        raise ValueError("not a signed token")
    header, *_ = map(base64url.decode, token.split("."))
    return read_object(header)


def read_object(content: bytes) -> dict[str, Any]:
    """Return the JSON object, or raise `ValueError`, also for a member that comes twice.

    What is nested too deeply for this Python is a `RecursionError`.
    """
    # Decoded first: the parser would take UTF-16 and UTF-32, too.
    found = json.loads(content.decode(), object_pairs_hook=without_duplicates)
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def without_duplicates(members: list[tuple[str, Any]]) -> dict[str, Any]:
    # Which of the two counts would differ from reader to reader (RFC 8725 §2.4).
    found = dict(members)
    if len(found) < len(members):
        raise ValueError("a member comes twice")
    return found
