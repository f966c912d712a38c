"""Refresh tokens: each is used once, and one that is used again gives itself away."""

import hashlib
import secrets
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Self
from uuid import UUID, uuid4

from app.access import base64url
from app.access.bearer import BadToken

PREFIX = "rt_"
ID_BYTES, FAMILY_BYTES, SECRET_BYTES = 16, 16, 32
CONTENT_BYTES = ID_BYTES + FAMILY_BYTES + SECRET_BYTES
HALF = 32  # of the 64 hexadecimal characters of a hash


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """The id of a login, the secret of all its tokens, and the secret of this one."""

    id: UUID
    family: bytes = field(repr=False)
    secret: bytes = field(repr=False)

    @property
    def text(self) -> str:
        return spell(self.id.bytes + self.family + self.secret)

    @property
    def family_hash(self) -> str:
        return half_hash(spell(self.id.bytes + self.family))

    @property
    def hash(self) -> str:
        """Two halves: the first tells who ever had a token of the login from a
        stranger who knows its id, the second is of the token in force alone.
        """
        return self.family_hash + half_hash(self.text)

    def is_in_force(self, secret_hash: str) -> bool:
        return compare_digest(self.hash, secret_hash)

    def is_of_family(self, secret_hash: str) -> bool:
        return compare_digest(self.family_hash, secret_hash[:HALF])

    def successor(self) -> "RefreshToken":
        return RefreshToken(self.id, self.family, secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the token that the text spells, or raise `BadToken`."""
        try:
            content = base64url.decode(text.removeprefix(PREFIX))
        except ValueError:
            raise BadToken from None
        if not is_refresh_token(text) or len(content) != CONTENT_BYTES:
            raise BadToken
        login_id, family = content[:ID_BYTES], content[ID_BYTES:-SECRET_BYTES]
        return cls(UUID(bytes=login_id), family, content[-SECRET_BYTES:])


def is_refresh_token(text: str) -> bool:
    return text.startswith(PREFIX)


def new_refresh_token() -> RefreshToken:
    """Return the first token of a login that is about to start."""
    family = secrets.token_bytes(FAMILY_BYTES)
    return RefreshToken(uuid4(), family, secrets.token_bytes(SECRET_BYTES))


def spell(content: bytes) -> str:
    return PREFIX + base64url.encode(content)


def half_hash(text: str) -> str:
    """Return half of a SHA-256: nobody guesses 128 bits, so a slow hash adds nothing."""
    return hashlib.sha256(text.encode()).hexdigest()[:HALF]
