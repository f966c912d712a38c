"""Somebody who tries passwords."""

import asyncio

from app import throttle
from app.errors import TooManyAttempts

ADA, HOME, ELSEWHERE = "ada@example.com", "192.0.2.1", "198.51.100.1"
HASH_SECONDS = 0.01


async def guess(
    account: str = ADA, address: str | None = HOME, *, right: bool = False
) -> int | None:
    """Try once. Return after how many seconds to try again, or None if it was tried."""
    try:
        async with throttle.attempt(account, address) as attempt:
            await asyncio.sleep(HASH_SECONDS)
            if right:
                attempt.succeeded()
    except TooManyAttempts as refusal:
        return int((refusal.headers or {})["Retry-After"])
    finally:
        # After an error within, coverage sees the callers only once they have waited.
        await asyncio.sleep(0)
    return None


async def guess_at_once(
    times: int, account: str = ADA, *, right: bool = False
) -> list[int | None]:
    return await asyncio.gather(
        *(guess(account, right=right) for _ in range(times)),
    )


async def guess_until_refused(account: str = ADA, address: str | None = HOME) -> int:
    """Return how many tries there were."""
    tries = 0
    while await guess(account, address) is None:
        tries += 1
    return tries
