"""A hash as it was made before the parameters were raised."""

from pwdlib.hashers.argon2 import Argon2Hasher

hasher = Argon2Hasher(time_cost=1, memory_cost=8 * 1024, parallelism=1)


def outdated_hash(password: str) -> str:
    return hasher.hash(password)
