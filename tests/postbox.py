"""A mail server that keeps what it gets."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from ports import free_port

LINK = re.compile(r"https?://\S+\?token=\S+")


class Postbox:
    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(  # noqa: N802  # the server's name for it
        self, server: SMTP, peer: object, envelope: Envelope
    ) -> str:
        content = envelope.original_content or b""
        self.mails.append(message_from_bytes(content, policy=policy.default))
        return "250 OK"

    def newest_link(self, to: str, path: str) -> str:
        """Return the link to a page in a mail, which may still be on its way."""
        for _ in range(100):
            links = [link for link in self.links(to) if path in link]
            if links:
                return links[-1]
            time.sleep(0.1)
        raise AssertionError(f"{to} has no mail with a link to {path}")

    def links(self, to: str) -> list[str]:
        texts = [str(m.get_body(("plain",))) for m in self.mails if m["To"] == to]
        return [link for text in texts for link in LINK.findall(text)]


@contextmanager
def mail_server() -> Iterator[tuple[Postbox, str]]:
    """Run a server, and give what it keeps and its address as in `MAIL_URL`."""
    postbox = Postbox()
    port = free_port()
    controller = Controller(postbox, "127.0.0.1", port, server_hostname="localhost")
    controller.start()
    try:
        yield postbox, f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()
