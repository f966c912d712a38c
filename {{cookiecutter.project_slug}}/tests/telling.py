"""All that the service tells in a test, and which secrets are told where they must not be."""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

from httpx2 import Request, RequestNotRead, Response

from app.log import Lines
from tests.access.signing_in import SHOWN_AGAIN, handed_out
from tests.mailbox import delivered

MAILED = re.compile(r"\?token=([\w-]+)")
# As a dump of the database has them.
HASH = re.compile(r"'([0-9a-f]{64}|\$[^' ]{50,})'")
# Where mails go that nobody sends.
CONSOLE = "app.mail.delivery"
# They tell what the tests send.
OF_THE_TESTS = ("httpx2", "mail.log")


class Run(logging.Handler):
    """Notes every answer and every line of the log, and finds the secrets in them."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(Lines())
        self.answers: list[tuple[Response, str]] = []
        self.lines: list[tuple[str, str]] = []
        delivered.clear()

    @contextmanager
    def listening(self) -> Iterator[None]:
        root = logging.getLogger()
        root.addHandler(self)
        try:
            yield
        finally:
            root.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        if record.name not in OF_THE_TESTS:
            self.lines.append((record.name, f"{self.format(record)} {vars(record)}"))

    async def note(self, answer: Response) -> None:
        await answer.aread()
        self.answers.append((answer, f"{answer.headers} {answer.text}"))

    def secrets(self, kept: str) -> set[tuple[str, str]]:
        """Return the kind of each, and its end: the start of a key is no secret."""
        console = [line for name, line in self.lines if name == CONSOLE]
        found = {
            "password": [it for answer, _ in self.answers for it in typed(answer)],
            "credential": [
                it for answer, _ in self.answers for it in handed_out(answer)
            ],
            "mailed token": MAILED.findall("\n".join([*delivered, *console])),
            "hash": HASH.findall(kept),
        }
        return {(kind, it[-32:]) for kind, texts in found.items() for it in texts}

    def leaks(self, kept: str) -> list[str]:
        """Return which secrets are where, but for where they belong."""
        return [
            f"a {kind} in {place}"
            for kind, secret in sorted(self.secrets(kept))
            for place in self.places(kind, secret, kept)
        ]

    def places(self, kind: str, secret: str, kept: str) -> Iterator[str]:
        if kind != "hash" and secret in kept:
            yield "the database"
        for name, line in self.lines:
            if secret in line and (kind, name) != ("mailed token", CONSOLE):
                yield f"the log of {name}"
        telling = [
            answer
            for answer, text in self.answers
            if secret in text and not came_with(answer.request, secret)
        ]
        # A credential is told once.
        if telling and any(it.endswith(secret) for it in handed_out(telling[0])):
            del telling[0]
        for answer in telling:
            yield f"the answer to {answer.request.method} {answer.request.url.path}"


def typed(answer: Response) -> list[str]:
    """Return the passwords that were sent, in JSON or in a form."""
    return [
        value
        for name, value in sent(answer.request).items()
        if "password" in name and isinstance(value, str) and len(value) >= 8
    ]


def sent(request: Request) -> dict[str, Any]:
    try:
        fields = json.loads(request.content)
    except ValueError:
        return dict(parse_qsl(request.content.decode(errors="replace")))
    except (RecursionError, RequestNotRead):
        return {}
    return fields if isinstance(fields, dict) else {}


def came_with(request: Request, secret: str) -> bool:
    """Whether the page is one that shows again what came with its own request."""
    before = SHOWN_AGAIN.get(request.url.path)
    told = f"{request.url} {request.headers} {request.content!r}"
    return bool(before and re.search(rf"{before}[\w-]*{re.escape(secret)}", told))
