"""Mail servers: one that keeps what it gets, and others that do not do as they should."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

# Every mail that reached any of them.
delivered: list[str] = []

USER, SECRET = "post@office", "p@ss:w/rd%"


class Mailbox:
    """Keeps every mail, as it came over the wire and as a mail program reads it."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []

    async def handle_DATA(  # noqa: N802  # the server's name for it
        self, server: SMTP, peer: object, envelope: Envelope
    ) -> str:
        assert envelope.original_content is not None
        self.raw.append(envelope.original_content)
        delivered.append(self.raw[-1].decode())
        self.recipients += envelope.rcpt_tos
        self.mails.append(message_from_bytes(self.raw[-1], policy=policy.default))
        return "250 OK"

    def text(self) -> str:
        """Return the plain text of the only mail."""
        return self.part("plain")

    def html(self) -> str:
        return self.part("html")

    def part(self, kind: str) -> str:
        (mail,) = self.mails
        body = mail.get_body((kind,))
        assert body
        return str(body.get_content())


class RefusesRecipients(Mailbox):
    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, peer: object, envelope: Envelope, address: str, _: object
    ) -> str:
        return f"550 No {address} here"


class RefusesMails(Mailbox):
    async def handle_DATA(  # noqa: N802
        self, server: SMTP, peer: object, envelope: Envelope
    ) -> str:
        await super().handle_DATA(server, peer, envelope)
        return f"554 Refused: {envelope.content!r}"


def authenticate(
    server: SMTP, peer: object, envelope: Envelope, mechanism: str, data: object
) -> AuthResult:
    assert isinstance(data, LoginPassword)
    return AuthResult(success=data == LoginPassword(USER.encode(), SECRET.encode()))


@asynccontextmanager
async def mail_server(
    mailbox: Mailbox, tls: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[int]:
    """Run a server for as long as this lasts, and return its port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(mailbox, loop=loop, hostname="localhost", **options),
        "127.0.0.1",
        0,
        ssl=tls,
    )
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def silent_server() -> AsyncIterator[int]:
    """Run a server that takes calls and never says a word."""
    calls: list[asyncio.StreamWriter] = []

    async def listen(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append(writer)

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        for call in calls:
            call.close()
