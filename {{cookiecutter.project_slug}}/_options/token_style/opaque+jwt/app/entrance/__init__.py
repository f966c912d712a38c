"""Where clients come in: what they sign in by."""

from app.access import install

__all__ = ["install"]
