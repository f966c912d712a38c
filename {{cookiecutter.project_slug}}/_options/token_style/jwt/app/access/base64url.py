"""Base64url without padding: RFC 7515 §2."""

from base64 import urlsafe_b64decode, urlsafe_b64encode


def encode(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Return what the text encodes, or raise `ValueError`.

    A lenient decoder takes many texts for the same bytes. Only the one that
    `encode` writes is accepted, so that a token cannot be respelled.
    """
    content = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    if encode(content) != text:
        raise ValueError("not canonical base64url")
    return content
