"""Random tokens that prove a right. The store keeps only their hash."""

import hashlib
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass, field
from hmac import compare_digest
from uuid import UUID, uuid4

ID_BYTES = 16
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Token:
    """The id of a row, which finds it, and 256 random bits, which prove the right to it.

    Found by the id and compared in constant time, no time that a look-up takes
    tells anything of the secret.
    """

    id: UUID
    text: str = field(repr=False)

    @property
    def hash(self) -> str:
        """SHA-256 in hexadecimal: nobody guesses 256 bits, so a slow hash adds nothing."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def proves(self, secret_hash: str) -> bool:
        return compare_digest(self.hash, secret_hash)


def new_token(prefix: str, row_id: UUID | None = None) -> Token:
    """Return a token whose text starts with the prefix, for the given row or a new one."""
    row_id = row_id or uuid4()
    secret = secrets.token_bytes(SECRET_BYTES)
    return Token(row_id, prefix + urlsafe_b64encode(row_id.bytes + secret).decode())


def read_token(prefix: str, text: str) -> Token | None:
    """Return the token that the text spells, or None if it spells none."""
    encoded = text.removeprefix(prefix)
    if len(prefix) + len(encoded) != len(text):
        return None
    try:
        content = urlsafe_b64decode(encoded.encode("ascii"))
    except (NotBase64, UnicodeEncodeError):
        return None
    if len(content) != ID_BYTES + SECRET_BYTES:
        return None
    return Token(UUID(bytes=content[:ID_BYTES]), text)
