"""Move an account to another address, which has to be confirmed from there."""

from app import mail
from app.records import LoginCaller
from app.services import events, mail_tokens, passwords
from app.services.events import Kind
from app.services.mail_tokens import Purpose
from app.store import mail_tokens as stored_tokens
from app.store import users
from app.store.database import transaction
from app.throttle import may_mail


async def request(caller: LoginCaller, new_email: str, current_password: str) -> None:
    """Mail a link to the new address and a notice to the old one.

    Raise `NotSignedIn`, `TooManyAttempts` or `WrongPassword`. Nothing changes yet. The new
    address lives in the token's row alone, so that what is confirmed is what was asked
    for.
    """
    known = await passwords.confirm(caller, current_password)
    if not await may_mail(new_email):
        return
    async with transaction() as db:
        user = await passwords.still_confirmed(db, caller, known)
        token = await mail_tokens.issue(db, user, Purpose.CHANGE_EMAIL, new_email)
        await events.record(db, Kind.EMAIL_CHANGE_REQUESTED, user.id)
    mail.confirm_email_change(new_email, token)
    mail.email_change_requested(user.email)


async def confirm(token: str) -> None:
    """Change the address, or raise `InvalidToken` or `EmailTaken`."""
    async with transaction() as db:
        user, new_email = await mail_tokens.use(db, Purpose.CHANGE_EMAIL, token)
        await users.change(db, user.id, {"email": new_email, "is_verified": True})
        # What was mailed to the old address is no proof for the new one.
        await stored_tokens.remove(db, user.id, *Purpose)
        await events.record(db, Kind.EMAIL_CHANGED, user.id)
    mail.email_changed(user.email)
