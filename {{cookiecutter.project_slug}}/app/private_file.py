"""Write what nobody else may read."""

import os
from pathlib import Path

OWNER_ONLY = 0o600


def write_new(path: Path, text: str) -> None:
    """Write a file for its owner's eyes only, or raise `FileExistsError`."""
    with open(path, "x", encoding="utf-8", opener=for_owner_only) as file:
        file.write(text)


def for_owner_only(path: str, flags: int) -> int:
    # From the start: a file that is closed to others later was open to them before.
    return os.open(path, flags, OWNER_ONLY)
