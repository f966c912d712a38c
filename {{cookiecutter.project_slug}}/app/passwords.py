"""Hash and check passwords off the event loop, one per core at a time."""

import logging
import os
from functools import cache

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from app.password_hashing import compute, hash_settings, verify
from app.settings import settings

logger = logging.getLogger(__name__)

# In code points of a password in NFC; a longer one is refused when it is chosen.
MAX_LENGTH = 256

# More threads than cores would only make every sign-in slower.
cores = CapacityLimiter(os.cpu_count() or 1)


async def hash_password(password: str) -> str:
    return await run_sync(compute, password, limiter=cores)


async def check_password(
    password: str, password_hash: str | None
) -> tuple[bool, str | None]:
    """Return whether the password fits the hash, and its new hash if that is outdated.

    Without a hash, as when no account has the address, nothing fits, after the
    same work.
    """
    # Checked when no account matches, so that the answer takes as long.
    known_hash = password_hash or unknown_account_hash()
    # What is too long for any password costs one hash as well, and no more.
    tried = password[:MAX_LENGTH]
    fits, new_hash = await run_sync(verify, tried, known_hash, limiter=cores)
    return fits and tried == password and password_hash is not None, new_hash


@cache
def unknown_account_hash() -> str:
    return compute("the password of no account")


async def warm_up() -> None:
    """Do the one-time work now, so that the first caller does not wait for it."""
    await run_sync(unknown_account_hash, limiter=cores)


def warn_if_cheap() -> None:
    """In production, say so if whoever steals the database guesses sooner than need be."""
    if settings.in_production and hash_settings.are_cheap:
        logger.warning(
            "PASSWORD_HASH_ROUNDS is %d, less than is recommended.",
            hash_settings.password_hash_rounds,
        )
