"""Links in mails: found by whoever owns the mailbox, and used."""

import re

from httpx2 import AsyncClient, Response

from app.later import finish
from app.settings import settings
from tests.mailbox import Mailbox
from tests.people import ADA, OTHER_PASSWORD

# The pages that the mails link to.
VERIFY, RESET, CONFIRM = "/verify-email", "/reset-password", "/confirm-email"


async def subjects(post: Mailbox, to: str) -> list[str]:
    """Return what the mails to an address are about."""
    await finish(seconds=60)
    return [mail["Subject"] for mail in post.mails if mail["To"] == to]


async def tokens(post: Mailbox, page: str, to: str) -> list[str]:
    """Return the tokens in the links to a page that were mailed there, oldest first."""
    await finish(seconds=60)
    link = re.compile(re.escape(settings.public_url + page) + r"\?token=(\S+)")
    texts = [text.decode() for text in post.raw if f"To: {to}\r\n".encode() in text]
    return [found[1] for text in texts if (found := link.search(text))]


async def token(post: Mailbox, page: str, to: str = ADA) -> str:
    """Return the newest."""
    return (await tokens(post, page, to))[-1]


async def ask_to_verify(client: AsyncClient, email: str = ADA) -> Response:
    return await client.post("/auth/email/verify/resend", json={"email": email})


async def verify(client: AsyncClient, token: str) -> Response:
    return await client.post("/auth/email/verify", json={"token": token})


async def ask_to_reset(client: AsyncClient, email: str = ADA) -> Response:
    return await client.post("/auth/password/forgot", json={"email": email})


async def reset(
    client: AsyncClient, token: str, password: str = OTHER_PASSWORD
) -> Response:
    content = {"token": token, "new_password": password}
    return await client.post("/auth/password/reset", json=content)


async def confirm(client: AsyncClient, token: str) -> Response:
    return await client.post("/auth/email/change/confirm", json={"token": token})
