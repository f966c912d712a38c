"""Where passwords are hashed: in threads, one per core, that leave the machine to everything else."""

import os
import sys
import threading
from pathlib import Path

import pytest

from app.passwords import NICENESS, cores, on_a_core, threads, usable_cores


@pytest.fixture
def sixteen_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(16), raising=False)


@pytest.mark.usefixtures("sixteen_cores")
@pytest.mark.parametrize(
    ("quota", "cores"),
    [
        ("max 100000", 16),
        ("200000 100000", 2),
        ("350000 100000", 3),
        ("50000 100000", 1),
        ("6400000 100000", 16),
        ("", 16),
    ],
)
def test_a_container_hashes_on_its_share_of_the_cores(
    tmp_path: Path, quota: str, cores: int
) -> None:
    (tmp_path / "cpu.max").write_text(quota, encoding="ascii")

    assert usable_cores(tmp_path / "cpu.max") == cores


def test_there_is_a_thread_for_each_of_them() -> None:
    assert cores.total_tokens == threads._max_workers == usable_cores()


@pytest.mark.usefixtures("sixteen_cores")
def test_who_has_no_container_hashes_on_all_cores(tmp_path: Path) -> None:
    assert usable_cores(tmp_path / "nothing") == 16


@pytest.mark.skipif(
    sys.platform != "linux", reason="no other has priorities of threads"
)
async def test_a_thread_that_hashes_gives_way_to_the_one_that_answers() -> None:
    def niceness_of_thread() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    here, there = niceness_of_thread(), await on_a_core(niceness_of_thread)

    assert there == min(19, here + NICENESS)
    assert niceness_of_thread() == here
