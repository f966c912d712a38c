"""Addresses of mail, which people sign in with."""

from email_validator import EmailNotValidError, validate_email

LONGEST_EMAIL = 254  # characters (RFC 5321 §4.5.3.1.3)


def as_email(text: str) -> str:
    """Return the address trimmed and in lower case, or raise `ValueError`."""
    trimmed = text.strip()
    # To look at it more closely would take the square of its length.
    if len(trimmed) > LONGEST_EMAIL:
        raise ValueError(f"has over {LONGEST_EMAIL} characters")
    try:
        # Addresses under .test are let through: they belong to nobody.
        found = validate_email(
            trimmed, check_deliverability=False, test_environment=True
        )
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    return found.normalized.lower()
