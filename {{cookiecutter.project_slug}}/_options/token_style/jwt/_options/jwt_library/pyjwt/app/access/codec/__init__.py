"""The signature of a JWT, by PyJWT. All that a token says is checked elsewhere."""

from app.access.codec.signature import read, sign

__all__ = ["read", "sign"]
