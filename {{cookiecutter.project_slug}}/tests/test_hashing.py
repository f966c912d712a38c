"""Where passwords are hashed: in threads that leave the machine to everything else."""

import os
import sys
import threading

import pytest

from app.passwords import NICENESS, on_a_core


@pytest.mark.skipif(
    sys.platform != "linux", reason="no other has priorities of threads"
)
async def test_a_thread_that_hashes_gives_way_to_the_one_that_answers() -> None:
    def niceness_of_thread() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    here, there = niceness_of_thread(), await on_a_core(niceness_of_thread)

    assert there == min(19, here + NICENESS)
    assert niceness_of_thread() == here
