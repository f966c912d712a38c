"""Accounts that were moved here bring plain bcrypt hashes."""

from passlib.context import CryptContext

from app.password_hashing import verify
from tests.password_hashing.recommended import RECOMMENDED
from tests.people import OTHER_PASSWORD, PASSWORD

plain = CryptContext(schemes=["bcrypt"], bcrypt__rounds=4)


def test_a_plain_hash_is_read_and_replaced() -> None:
    fits, new_hash = verify(PASSWORD, plain.hash(PASSWORD))

    assert fits
    assert new_hash
    assert new_hash.startswith(RECOMMENDED[:15])


def test_another_password_does_not_fit_a_plain_hash() -> None:
    assert verify(OTHER_PASSWORD, plain.hash(PASSWORD)) == (False, None)
