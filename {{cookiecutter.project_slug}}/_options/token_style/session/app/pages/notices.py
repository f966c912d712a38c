"""What a page says after a redirect, once."""

from enum import Enum

from fastapi import Request

from app.access.cookie import SECURE, Cookie

# Long enough for any redirect.
SECONDS = 60


class Notice(Enum):
    """All that can be said. The cookie only names one, so nobody puts words into a page.

    Over https its prefix keeps others from naming one. Over plain http, in development,
    whoever can set a cookie can have one of these shown.
    """

    REGISTERED = "Thank you. A mail with a link is on its way to you."
    SIGNED_OUT = "You are signed out."
    NOT_DONE = "Your login had ended, so nothing was done. Sign in again."
    SAVED = "Saved."
    PASSWORD_CHANGED = "Your password is changed, and every other login has ended."
    PASSWORD_RESET = "Your password is changed. Sign in with it."
    RESET_MAILED = (
        "If an account has this address, a mail with a link is on its way. An address gets "
        "three an hour at most."
    )
    LINK_MAILED = (
        "A mail with a link is on its way to you, unless you had three within the hour."
    )
    EMAIL_CHANGE_MAILED = "Open the link in the mail to your new address to change it."
    EMAIL_CONFIRMED = "Your address is confirmed."
    LOGIN_ENDED = "That login has ended."
    LOGINS_ENDED = "Every other login has ended."
    KEY_ENDED = "That key has ended."
    ACCOUNT_DELETED = "Your account is gone, with all that was yours."
    USER_CHANGED = "The account is changed."
    USER_SIGNED_OUT = "Every login of the account has ended."


cookie = Cookie("notice", SECURE)


def notice_of(request: Request) -> Notice | None:
    return Notice.__members__.get(request.cookies.get(cookie.name, ""))


def set_notice(notice: Notice) -> str:
    """Return the header that lets the next page say it."""
    return cookie.header(notice.name, SECONDS)


def delete_notice() -> str:
    return cookie.header("", max_age=0)
