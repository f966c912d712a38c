"""A baked project whose look-ups travel alone: one joined SELECT for each request."""

from collections.abc import Hashable
from typing import Any

# Both are the baked project's, in whose folder this runs.
from app.gathered import Gathered
from app.main import app

__all__ = ["app"]


async def find_alone(gathered: Gathered[Any, Any], key: Hashable) -> Any:
    return (await gathered.find_all([key])).get(key)


Gathered.find = find_alone
