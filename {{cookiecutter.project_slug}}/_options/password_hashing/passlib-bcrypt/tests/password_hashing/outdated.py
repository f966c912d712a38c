"""A hash as it was made before the parameters were raised."""

from passlib.context import CryptContext

context = CryptContext(schemes=["bcrypt_sha256"], bcrypt_sha256__rounds=5)


def outdated_hash(password: str) -> str:
    return context.hash(password)
