"""The page that describes the API, served whole from here: nothing comes from elsewhere."""

from app.docs.page import install

__all__ = ["install"]
