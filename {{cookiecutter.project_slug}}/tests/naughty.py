"""What somebody sends who means no good, and a service that takes it as if for the first time."""

from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import ClientDisconnect

from app.throttle import counters
from tests import database
from tests.conftest import PASSWORD_HASH

# Deeper than `json.dumps` goes: what is to be sent in JSON puts it there as it is.
DEEP = "[" * 10_000 + "]" * 10_000
TOO_LARGE = "x" * 70_000

NAUGHTY: list[Any] = [
    "",
    "\0",
    "\udfff\ud800",
    "\uffff\ufeff\u202e\u2028\x1b[2J\r\nLocation: //a",
    "İstanbul.\ufb01\u017f\u212a@example.com",
    "👩‍👩‍👧‍👦 Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319",
    "' OR 1=1; -- %_\\*?[a-z] <script>{{7*7}}${7*7}$(reboot)`reboot`/../..",
    "x" * 60_000,
    "\u0301" * 10_000,
    "00000000-0000-0000-0000-000000000000",
    "9" * 5000,
    DEEP,
    None,
    True,
    -1,
    10**400,
    float("nan"),
    [None, "\0", {}],
    {"\ud800": "\0", "": []},
]
IN_HEADERS = [b"", b"[", b"\xff\xfe\0\x1b[2J", b"x" * 60_000, b"=;,\"'"]


async def start_over() -> None:
    """Forget who tried too often, and give everybody the usual password again."""
    counters.own = type(counters.own)()
    await database.run(f"UPDATE users SET password_hash = '{PASSWORD_HASH}'")  # noqa: S608  # a hash of our own


async def cut_off(start: bytes) -> AsyncIterator[bytes]:
    """A body whose sender hangs up on the way."""
    yield start
    raise ClientDisconnect
