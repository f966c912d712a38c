"""How many passwords a project's hash checks in a second, on all cores, and nothing else."""

import sys
import time

# They are the baked project's, in whose folder this runs.
from app.password_hashing import compute, verify
from app.passwords import CORES, threads

password_hash = compute("a long and quiet evening")
# Whoever waits for this to begin reads it.
print("begun", flush=True)
seconds = float(sys.argv[1])
end = time.perf_counter() + seconds


def check_until_the_end(_: int) -> int:
    checked = 0
    while time.perf_counter() < end:
        verify("a long and quiet evening", password_hash)
        checked += 1
    return checked


print(sum(threads.map(check_until_the_end, range(CORES))) / seconds)
