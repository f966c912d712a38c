"""What the bookkeeping of migrations is taken for."""

import pytest

from app.store.schema import is_current
from tests import database


@pytest.mark.usefixtures("client")
async def test_a_revision_of_another_program_is_of_no_newer_release() -> None:
    async with database.migrated_by_a_newer_release(), database.without("users"):
        assert not await is_current()
