"""Bound how often a password may be guessed, and how many mails an address gets.

What counts are failures, in any `THROTTLE_MINUTES` (NIST SP 800-63B-4 §3.2.2). An
attempt holds a place from before its hash until it is known to be right or wrong, so
that any number of guesses at the same time are no more than the limit. Who finds all
places taken, but by attempts that may yet be right, waits for them.
"""

import hashlib
import logging
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address

from anyio import CancelScope, sleep
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.strategies import MovingWindowRateLimiter

from app.counters import Counters, Storage
from app.emails import as_email
from app.errors import TooManyAttempts
from app.settings import settings

logger = logging.getLogger(__name__)

PER_ACCOUNT_AND_ADDRESS = RateLimitItemPerMinute(
    settings.throttle_per_account_and_address, settings.throttle_minutes
)
PER_ACCOUNT = RateLimitItemPerMinute(
    settings.throttle_per_account, settings.throttle_minutes
)
PER_ADDRESS = RateLimitItemPerMinute(
    settings.throttle_per_address, settings.throttle_minutes
)
MAILS = RateLimitItemPerHour(3)

# A place that is not given back, as by a process that was killed, is free after this.
PLACE_SECONDS = 60
# How long, and how often, one looks for a free place.
WAIT_SECONDS, LOOK_SECONDS = 10, 0.05


@dataclass(frozen=True, slots=True)
class Limit:
    """How many failures there may be of one kind, and of whom."""

    item: RateLimitItem
    whose: str

    async def hold_place(self, storage: Storage) -> int:
        """Return how many places are held now."""
        return await storage.incr(self._places(), PLACE_SECONDS)

    async def free_place(self, storage: Storage) -> None:
        if await storage.incr(self._places(), PLACE_SECONDS, -1) < 0:
            # It was free already. Not at 0: somebody may have come meanwhile, and whoever
            # comes first gets the whole time anyway.
            await storage.clear(self._places())

    async def left(self, storage: Storage) -> tuple[int, float]:
        """Return how many failures may follow, and in how many seconds one more may."""
        limiter = MovingWindowRateLimiter(storage)
        window = await limiter.get_window_stats(self.item, self.whose)
        return window.remaining, window.reset_time - time.time()

    async def count(self, storage: Storage) -> bool:
        """Count one more, or return False if there may be none."""
        return await MovingWindowRateLimiter(storage).hit(self.item, self.whose)

    async def forget(self, storage: Storage) -> None:
        await MovingWindowRateLimiter(storage).clear(self.item, self.whose)

    def _places(self) -> str:
        return self.item.key_for("places", self.whose)


class Attempt:
    """One try of a password, which counts as a failure unless it is said to be right."""

    def __init__(self, account: str, address: str | None) -> None:
        who, where = account_key(account), address_key(address)
        self.by_both = Limit(PER_ACCOUNT_AND_ADDRESS, f"{who}/{where}")
        self.limits = (
            self.by_both,
            Limit(PER_ACCOUNT, f"account/{who}"),
            Limit(PER_ADDRESS, f"address/{where}"),
        )
        self.was_right = False
        self.held_in: Storage | None = None

    def succeeded(self) -> None:
        self.was_right = True

    async def begin(self, storage: Storage) -> None:
        give_up_at = time.monotonic() + WAIT_SECONDS
        while not await self.hold_places(storage):
            if time.monotonic() > give_up_at:
                raise TooManyAttempts(retry_after=1)
            await sleep(LOOK_SECONDS)
        self.held_in = storage

    async def hold_places(self, storage: Storage) -> bool:
        """Return False if others hold them, or raise `TooManyAttempts`."""
        # Whoever may not try takes no place from those who may.
        if full := [seconds for free, seconds in await self.left(storage) if free <= 0]:
            raise TooManyAttempts(retry_after=max(1, math.ceil(max(full))))
        held = [await limit.hold_place(storage) for limit in self.limits]
        left = await self.left(storage)
        if all(places <= free for places, (free, _) in zip(held, left, strict=True)):
            return True
        await self.free_places(storage)
        return False

    async def left(self, storage: Storage) -> list[tuple[int, float]]:
        return [await limit.left(storage) for limit in self.limits]

    async def end(self, storage: Storage) -> None:
        if self.was_right:
            await self.by_both.forget(storage)
        else:
            for limit in self.limits:
                await limit.count(storage)
        # After the count, so that nobody slips through between the two.
        if storage is self.held_in:
            await self.free_places(storage)

    async def free_places(self, storage: Storage) -> None:
        for limit in self.limits:
            await limit.free_place(storage)


counters = Counters(settings.throttle_storage)


@asynccontextmanager
async def open_throttle() -> AsyncIterator[None]:
    if settings.in_production and not counters.are_shared:
        logger.warning(
            "THROTTLE_STORAGE is memory://, so each worker counts by itself: "
            "use redis:// unless there is only one."
        )
    async with counters.opened():
        yield


@asynccontextmanager
async def attempt(account: str, address: str | None) -> AsyncIterator[Attempt]:
    """Try a password of an account, existing or not, from an address.

    Raise `TooManyAttempts` before the try if too many have failed. The try fails
    unless `succeeded()` is called: whatever ends it early counts too.
    """
    this = Attempt(account, address)
    await counters.use(this.begin)
    try:
        yield this
    finally:
        # Hanging up in time must not make a guess free.
        with CancelScope(shield=True):
            await counters.use(this.end)


async def may_mail(address: str) -> bool:
    """Count a mail to the address; return False if it had 3 within the hour."""
    return await counters.use(Limit(MAILS, f"mail/{account_key(address)}").count)


def account_key(email: str) -> str:
    """Return one text for all spellings of an address, which does not tell it."""
    try:
        known_as = as_email(email)
    except ValueError:
        known_as = email
    return hashlib.sha256(known_as.encode("utf-8", "replace")).hexdigest()


def address_key(address: str | None) -> str:
    """Return one text for all addresses that one client has at hand.

    Whoever has one IPv6 address has a /64 of them. Those who cannot be told apart
    are counted together.
    """
    try:
        ip = ip_address(address or "")
    except ValueError:
        return hashlib.sha256(str(address).encode("utf-8", "replace")).hexdigest()
    if isinstance(ip, IPv6Address):
        ip = ip.ipv4_mapped or IPv6Network((int(ip), 64), strict=False).network_address
    return hashlib.sha256(ip.packed).hexdigest()
