"""The signature of a JWT, by python-jose. All that a token says is checked elsewhere."""

from app.access.codec.signature import read, sign

__all__ = ["read", "sign"]
