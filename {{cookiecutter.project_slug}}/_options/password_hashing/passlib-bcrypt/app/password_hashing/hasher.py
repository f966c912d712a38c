"""Passwords as bcrypt hashes, of any length: `bcrypt_sha256` by passlib."""

from passlib.context import CryptContext

from app.password_hashing.settings import hash_settings

# Plain bcrypt cuts at 72 bytes: it is read, for accounts that were moved here,
# and replaced at the next sign-in.
context = CryptContext(
    schemes=["bcrypt_sha256", "bcrypt"],
    deprecated=["bcrypt"],
    bcrypt_sha256__rounds=hash_settings.password_hash_rounds,
)


def compute(password: str) -> str:
    return context.hash(password)


def verify(password: str, password_hash: str) -> tuple[bool, str | None]:
    """Return whether the password fits, and its new hash if the old one is outdated."""
    return context.verify_and_update(password, password_hash)
