"""Measurements: each gives one number for a running service, and says its unit."""

import json
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from services import Service, send_sign_in

# Written once: what is sent each time is ready by then.
IN_TURN = """
local requests, last = {}, 0

function init()
   for n, headers in ipairs({LOGINS}) do
      requests[n] = wrk.format(nil, nil, headers)
   end
end

function request()
   last = last % #requests + 1
   return requests[last]
end
"""
MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True)
class Load:
    """Answers per second, and the 50th and 99th percentile in milliseconds."""

    rate: float
    p50: float
    p99: float


def load(service: Service, connections: int, seconds: int) -> Load:
    """Ask a service over some connections without a pause, by wrk, by each login in turn."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(script_for(service))
        script.flush()
        said = subprocess.run(
            [*command, "-s", script.name, service.url],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    assert "Non-2xx" not in said, f"{service.name}\n{said}"
    assert "Socket errors" not in said, f"{service.name}\n{said}"
    return Load(float(one(r"Requests/sec:\s+([\d.]+)", said)), *percentiles(said))


def script_for(service: Service) -> str:
    """Return what makes wrk ask by one login after the other."""
    headers = [
        "{"
        + ", ".join(f"[{json.dumps(k)}] = {json.dumps(v)}" for k, v in it.items())
        + "}"
        for it in service.logins
    ]
    return IN_TURN.replace("LOGINS", ", ".join(headers))


def percentiles(said: str) -> tuple[float, float]:
    found = []
    for percent in (50, 99):
        number, unit = re.findall(rf"{percent}%\s+([\d.]+)(us|ms|s)", said)[0]
        found.append(float(number) * MILLISECONDS[unit])
    return found[0], found[1]


def one(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, f"no {pattern} in\n{text}"
    return found[1]


@contextmanager
def sign_ins(service: Service, at_once: int) -> Iterator[list[float]]:
    """Let some people sign in again and again; give when each was done."""
    done: list[float] = []
    stop = threading.Event()

    def sign_in_again() -> None:
        with httpx2.Client(base_url=service.address, timeout=60) as client:
            while not stop.is_set():
                send_sign_in(client, service.name)
                done.append(time.perf_counter())

    threads = [threading.Thread(target=sign_in_again) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    try:
        yield done
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def sign_ins_per_second(service: Service, seconds: float) -> float:
    with sign_ins(service, 4) as done:
        began = time.perf_counter()
        time.sleep(seconds)
        ended = time.perf_counter()
    return sum(began < at <= ended for at in done) / (ended - began)


def memory(service: Service) -> float:
    """Return what a process has in memory, in MiB, as Linux tells it."""
    status = Path(f"/proc/{service.pid}/status").read_text(encoding="ascii")
    return int(one(r"VmRSS:\s+(\d+) kB", status)) / 1024
