"""Show that an address is one's own."""

from app import mail
from app.errors import InvalidToken
from app.later import later
from app.services import credentials, events, mail_tokens
from app.services.events import Kind
from app.services.mail_tokens import Purpose
from app.store import users
from app.store.database import transaction
from app.throttle import may_mail


def resend(email: str) -> None:
    """Mail a link to verify the address, if an account has it and has not done so.

    All of it goes on after the answer, which so takes as long for any address.
    """
    later(mail_link(email), "mailing an email verification")


async def mail_link(email: str) -> None:
    async with transaction() as db:
        known = await users.find_credentials(db, email)
    if known is None or known.user.is_verified or not known.user.is_active:
        return
    # Only a mail that is sent counts: others could keep its owner from getting any.
    if not await may_mail(email):
        return
    async with transaction() as db:
        user = (await credentials.still_active(db, known)).user
        token = await mail_tokens.issue(db, user, Purpose.VERIFY_EMAIL, email)
    mail.verify_email(email, token)


async def verify(token: str) -> None:
    """Mark the address as verified, or raise `InvalidToken`."""
    async with transaction() as db:
        user, mailed_to = await mail_tokens.use(db, Purpose.VERIFY_EMAIL, token)
        if user.email != mailed_to:
            raise InvalidToken
        await users.change(db, user.id, {"is_verified": True})
        await events.record(db, Kind.EMAIL_VERIFIED, user.id)
