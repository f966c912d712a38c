"""Passwords as Argon2id hashes (RFC 9106), by pwdlib."""

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.password_hashing.settings import hash_settings

MEMORY_KIB = 19 * 1024

hasher = PasswordHash(
    [
        Argon2Hasher(
            time_cost=hash_settings.password_hash_rounds,
            memory_cost=MEMORY_KIB,
            parallelism=1,
        )
    ]
)


def compute(password: str) -> str:
    return hasher.hash(password)


def verify(password: str, password_hash: str) -> tuple[bool, str | None]:
    """Return whether the password fits, and its new hash if the old one is outdated."""
    return hasher.verify_and_update(password, password_hash)
