"""The hash that passwords are stored as. Slow on purpose: call it from a thread."""

from app.password_hashing.hasher import compute, verify
from app.password_hashing.settings import hash_settings

__all__ = ["compute", "hash_settings", "verify"]
