"""The hash that passwords are stored as. Slow on purpose: call it from a thread."""

from app.password_hashing.hasher import compute, verify

__all__ = ["compute", "verify"]
