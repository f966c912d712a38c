"""Tokens: random, found by an id, proved by a secret of which only the hash is kept."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from uuid import uuid4

import pytest

from app.tokens import new_token, read_token

PREFIX = "xt_"


def test_a_token_has_256_random_bits() -> None:
    tokens = {new_token(PREFIX).text for _ in range(1000)}

    assert len(tokens) == 1000
    assert {len(urlsafe_b64decode(it[len(PREFIX) :])) for it in tokens} == {16 + 32}


def test_a_token_is_safe_in_an_address_and_tells_what_it_is() -> None:
    text = new_token(PREFIX).text

    assert text.startswith(PREFIX)
    assert text.replace("-", "").replace("_", "").isalnum()


def test_a_token_may_be_made_for_a_row_that_is_there() -> None:
    row_id = uuid4()

    assert new_token(PREFIX, row_id).id == row_id


def test_what_was_read_proves_what_was_made() -> None:
    made = new_token(PREFIX)

    read = read_token(PREFIX, made.text)

    assert read == made
    assert read.proves(made.hash)


def test_a_token_proves_nothing_else() -> None:
    made = new_token(PREFIX)

    assert not new_token(PREFIX, made.id).proves(made.hash)


def test_only_the_hash_of_the_whole_text_is_kept() -> None:
    made = new_token(PREFIX)

    assert made.hash == sha256(made.text.encode()).hexdigest()


def test_a_token_is_not_shown() -> None:
    made = new_token(PREFIX)

    assert made.text not in repr(made)


def encoded(content: bytes) -> str:
    return PREFIX + urlsafe_b64encode(content).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        PREFIX,
        "nonsense",
        encoded(bytes(47)),
        encoded(bytes(49)),
        encoded(bytes(48)).removeprefix(PREFIX),
        "other_" + encoded(bytes(48)),
        PREFIX.upper() + encoded(bytes(48)).removeprefix(PREFIX),
        encoded(bytes(48)) + "é",
        encoded(bytes(48)) + "\ud800",
        PREFIX + "=" * 64,
        PREFIX + "A",
        PREFIX + "A" * 60_000,
    ],
)
def test_what_is_no_token_is_none(text: str) -> None:
    assert read_token(PREFIX, text) is None


@pytest.mark.parametrize("noise", ["\n", " ", "!", "=="])
def test_another_spelling_proves_nothing(noise: str) -> None:
    made = new_token(PREFIX)

    read = read_token(PREFIX, made.text + noise)

    assert read is None or not read.proves(made.hash)
