"""Which passwords may be chosen: NIST SP 800-63B-4 §3.1.1.2, ASVS 6.2.

Length is all that is asked for. What is refused is what is guessed first: common
passwords, also joined, repeated, turned round or in l33t, sequences and rows of keys,
as the lists and the estimate of zxcvbn tell (Wheeler, USENIX Security 2016), and
what anyone would try for this person.
"""

import math
import re
import unicodedata
from collections.abc import Iterator

from anyio.to_thread import run_sync
from zxcvbn import zxcvbn
from zxcvbn.matching import L33T_TABLE

from app.errors import WeakPassword
from app.passwords import MAX_LENGTH, cores
from app.settings import settings

# A password has to withstand so many guesses; one shorter than 15 fewer, since even
# the best of 8 characters withstands no more than 10^8.
ENOUGH_GUESSES = 10
GUESSES_PER_CHARACTER = 2 / 3

# The estimate takes the longer the longer the text is, so it is asked about parts.
PART_LENGTH, MOST_PARTS = 20, 4
# It also tries each way to read l33t, which are thousands for what nobody would guess.
MOST_READINGS = 32

# The keys of a row with and without shift: !QAZ is 1qaz.
WITHOUT_SHIFT = str.maketrans("!@#$%^&*()", "1234567890")

# What is shorter is in many a good password: Al is in "a loyal friend".
SHORTEST_TEXT, SHORTEST_WORD, SHORTEST_JOINED = 3, 4, 5
BETWEEN_WORDS = re.compile(r"[\W_]+")


async def require_strong(
    password: str, *, email: str, name: str | None, field: str = "password"
) -> None:
    """Raise `WeakPassword` with the reason, in one sentence.

    The password is in NFC. The address and the name are those of the person. The field
    is what the answer calls the password.
    """
    # The estimate takes some milliseconds of computing, so it comes last.
    reason = (
        why_not_by_length(password)
        or why_not_by_context(password, email, name or "")
        or await run_sync(why_not_by_estimate, password, limiter=cores)
    )
    if reason:
        raise WeakPassword(reason, ("body", field))


def why_not_by_length(password: str) -> str | None:
    """Count in code points."""
    if len(password) < settings.password_min_length:
        return f"Use at least {settings.password_min_length} characters."
    if len(password) > MAX_LENGTH:
        return f"Use at most {MAX_LENGTH} characters."
    return None


def why_not_by_context(password: str, email: str, name: str) -> str | None:
    # Not the words of the service's: they may be any, as in "my service to the public".
    texts = [folded(settings.service_name), *texts_of(folded(email), folded(name))]
    if any(mentions(folded(password), text) for text in texts):
        return (
            "It must not contain your name, your address or the name of this service."
        )
    return None


def why_not_by_estimate(password: str) -> str | None:
    if is_hard_to_guess(password):
        return None
    return (
        "It is among the first that are guessed: avoid common passwords, "
        "repetitions, sequences and rows of keys."
    )


def folded(text: str) -> str:
    """Return the text in the form in which it is found in another, however it was typed."""
    return unicodedata.normalize("NFC", text).casefold()


def texts_of(email: str, name: str) -> Iterator[str]:
    """Give the start of the address, with and without its tag, the name and its words."""
    start = email.partition("@")[0]
    yield from (start, start.partition("+")[0], name)
    yield from (w for w in BETWEEN_WORDS.split(name) if len(w) >= SHORTEST_WORD)


def mentions(password: str, text: str) -> bool:
    """Whether the text is in the password, also without what is between its words."""
    if len(text) >= SHORTEST_TEXT and text in password:
        return True
    in_one = BETWEEN_WORDS.sub("", text)
    return len(in_one) >= SHORTEST_JOINED and in_one in BETWEEN_WORDS.sub("", password)


def is_hard_to_guess(password: str) -> bool:
    """Whether a part of the password alone withstands enough guesses."""
    enough = min(ENOUGH_GUESSES, len(password) * GUESSES_PER_CHARACTER)
    once = without_repetition(password)
    return any(withstands(part, enough) for part in parts_of(once))


def without_repetition(text: str) -> str:
    """Return what the text repeats from its start to its end, or all of it."""
    return text[: (text + text).find(text, 1)]


def parts_of(password: str) -> list[str]:
    starts = range(0, len(password), PART_LENGTH)[:MOST_PARTS]
    return [password[start : start + PART_LENGTH] for start in starts]


def withstands(part: str, enough: float) -> bool:
    if readings_of(part) > MOST_READINGS:
        return True
    return all(
        zxcvbn(keys)["guesses_log10"] >= enough
        for keys in {part, part.translate(WITHOUT_SHIFT)}
    )


def readings_of(part: str) -> int:
    """Return in how many ways the text can be read as l33t."""
    ways = (sum(sign in part for sign in signs) for signs in L33T_TABLE.values())
    return math.prod(max(1, found) for found in ways)
