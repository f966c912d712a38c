"""Bring a mail on its way, or show it to whoever develops."""

import asyncio
import logging

import aiosmtplib

from app.later import later
from app.mail.message import compose, text_of
from app.mail.settings import mail_settings
from app.settings import settings

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10


def send(kind: str, to: str, path: str) -> None:
    """Send a mail with a link into the service, after the answer. It may fail unseen."""
    # Never the host of the request, which is whatever the client says it is.
    link = settings.public_url + path
    way = show if mail_settings.to_console else deliver
    later(way(kind, to, link), f"mail {kind}")


async def show(kind: str, to: str, link: str) -> None:
    subject, text = text_of(kind, link)
    for line in (f"To: {to}", f"Subject: {subject}", *text.splitlines()):
        logger.info(line)


async def deliver(kind: str, to: str, link: str) -> None:
    sender = mail_settings.sender
    async with asyncio.timeout(TIMEOUT_SECONDS):
        await aiosmtplib.send(
            compose(kind, to, link),
            local_hostname=sender.domain,
            **mail_settings.server,
        )


def warn_if_nothing_is_sent() -> None:
    if settings.in_production and mail_settings.to_console:
        logger.warning("MAIL_URL is console:, so mails go to this log and to nobody.")
