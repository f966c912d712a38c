"""Tokens in mails: who opens the link holds the mailbox."""

from datetime import timedelta
from enum import StrEnum

from app.clock import now
from app.errors import InvalidToken
from app.records import MailToken, User
from app.store import mail_tokens, users
from app.store.database import Database
from app.tokens import Token, new_token, read_token

PREFIX = "mt_"


class Purpose(StrEnum):
    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"
    CHANGE_EMAIL = "change_email"


LIFETIMES = {
    Purpose.VERIFY_EMAIL: timedelta(hours=24),
    Purpose.RESET_PASSWORD: timedelta(hours=1),
    Purpose.CHANGE_EMAIL: timedelta(hours=24),
}


async def issue(db: Database, user: User, purpose: Purpose, email: str) -> str:
    """Return a token to be mailed to the address; the user's older one ends.

    The user's row must be locked, or two tokens could be issued at once.
    """
    token = new_token(PREFIX)
    content = MailToken(user.id, purpose, email)
    await mail_tokens.replace(db, content, token, now() + LIFETIMES[purpose])
    return token.text


async def read(db: Database, purpose: Purpose, text: str) -> User:
    """Return whose token it is and leave it good, or raise `InvalidToken`."""
    content = await find(db, purpose, text)
    user = await users.get(db, content.user_id)
    if user is None or not user.is_active:
        raise InvalidToken
    return user


async def use(db: Database, purpose: Purpose, text: str) -> tuple[User, str]:
    """End the token; return its user, locked, and the address that it was mailed to.

    Raise `InvalidToken` if it is not good, or the user is not active.
    """
    content = await find(db, purpose, text)
    # First the user and then the token, as when one is issued: the other way round
    # two transactions could wait for each other.
    known = await users.lock_credentials(db, content.user_id)
    if not (
        known
        and known.user.is_active
        and await mail_tokens.use(db, purpose, parse(text), now())
    ):
        raise InvalidToken
    return known.user, content.email


async def find(db: Database, purpose: Purpose, text: str) -> MailToken:
    content = await mail_tokens.find(db, purpose, parse(text), now())
    if content is None:
        raise InvalidToken
    return content


def parse(text: str) -> Token:
    token = read_token(PREFIX, text)
    if token is None:
        raise InvalidToken
    return token
