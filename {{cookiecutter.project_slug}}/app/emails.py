"""Addresses of mail, which people sign in with."""

from email_validator import EmailNotValidError, validate_email

LONGEST_EMAIL = 254  # characters (RFC 5321 §4.5.3.1.3)


def as_email(text: str) -> str:
    """Return the address trimmed and in lower case, or raise `ValueError`."""
    try:
        # Addresses under .test are let through: they belong to nobody.
        found = validate_email(
            text.strip(), check_deliverability=False, test_environment=True
        )
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    return found.normalized.lower()
