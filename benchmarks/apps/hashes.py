"""How many passwords a project's hash checks in a second, on all cores, and nothing else."""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

# It is the baked project's, in whose folder this runs.
from app.password_hashing import compute, verify

seconds = float(sys.argv[1])
password_hash = compute("a long and quiet evening")
end = time.perf_counter() + seconds


def check_until_the_end(_: int) -> int:
    checked = 0
    while time.perf_counter() < end:
        verify("a long and quiet evening", password_hash)
        checked += 1
    return checked


cores = os.cpu_count() or 1
with ThreadPoolExecutor(cores) as threads:
    print(sum(threads.map(check_until_the_end, range(cores))) / seconds)
