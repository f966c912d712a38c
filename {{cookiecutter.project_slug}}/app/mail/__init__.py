"""The mails that people get. None is waited for, and none fails a request."""

from app.mail.delivery import send, warn_if_nothing_is_sent

__all__ = [
    "address_in_use",
    "confirm_email_change",
    "email_change_requested",
    "email_changed",
    "password_changed",
    "reset_password",
    "verify_email",
    "warn_if_nothing_is_sent",
]


def verify_email(to: str, token: str) -> None:
    send("verify_email", to, f"/verify-email?token={token}")


def reset_password(to: str, token: str) -> None:
    send("reset_password", to, f"/reset-password?token={token}")


def confirm_email_change(to: str, token: str) -> None:
    """Write to the new address."""
    send("confirm_email_change", to, f"/confirm-email?token={token}")


def email_change_requested(to: str) -> None:
    """Write to the address that may be replaced."""
    send("email_change_requested", to, "/")


def email_changed(to: str) -> None:
    """Write to the address that was replaced."""
    send("email_changed", to, "/")


def password_changed(to: str) -> None:
    send("password_changed", to, "/forgot-password")


def address_in_use(to: str) -> None:
    """Write to someone who has an account and whose address was to be registered."""
    send("address_in_use", to, "/forgot-password")
