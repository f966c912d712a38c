"""Hash and check passwords off the event loop, one per core at a time."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

from anyio import CapacityLimiter

from app.password_hashing import compute, hash_settings, verify
from app.settings import settings

logger = logging.getLogger(__name__)

# In code points of a password in NFC; a longer one is refused when it is chosen.
MAX_LENGTH = 256

Result = TypeVar("Result")

# Of a thread that hashes: on a busy machine it has a quarter of a core, so that those
# who are signed in need not wait for those who sign in.
NICENESS = 5

# What a container may use of the machine's cores, in version 2 of cgroups.
QUOTA = Path("/sys/fs/cgroup/cpu.max")


def usable_cores(quota: Path = QUOTA) -> int:
    """Return how many cores there are for this process: seldom all, in a container."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    try:
        time, period = quota.read_text(encoding="ascii").split()
        return max(1, min(cores, int(time) // int(period)))
    except (OSError, ValueError):
        # There is no such file, or no limit: "max".
        return cores


# More threads than cores would only make every sign-in slower.
CORES = usable_cores()
cores = CapacityLimiter(CORES)
threads = ThreadPoolExecutor(
    CORES,
    # Elsewhere it would be the whole process that gives way.
    initializer=partial(os.nice, NICENESS) if sys.platform == "linux" else None,
)


async def on_a_core(work: Callable[..., Result], *arguments: object) -> Result:
    """Do it in a thread that gives way to all others, when a core is free for it."""
    async with cores:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(threads, work, *arguments)


async def hash_password(password: str) -> str:
    return await on_a_core(compute, password)


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
    fits, new_hash = await on_a_core(verify, tried, known_hash)
    return fits and tried == password and password_hash is not None, new_hash


@cache
def unknown_account_hash() -> str:
    return compute("the password of no account")


async def warm_up() -> None:
    """Do the one-time work now, so that the first caller does not wait for it."""
    await on_a_core(unknown_account_hash)


def warn_if_cheap() -> None:
    """In production, say so if whoever steals the database guesses sooner than need be."""
    if settings.in_production and hash_settings.are_cheap:
        logger.warning(
            "PASSWORD_HASH_ROUNDS is %d, less than is recommended.",
            hash_settings.password_hash_rounds,
        )
