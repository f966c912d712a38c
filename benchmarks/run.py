"""Measure the services side by side, and write the numbers to `results.json`.

All that is compared runs at the same time and is asked in turn, round after round:
what else the machine does at a moment falls on all of them. Ratios are of medians.
"""

import argparse
import json
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import report
from bake import TEMPLATE
from measure import Load, load, memory, sign_ins, sign_ins_per_second
from postgres import Server, find_or_start
from rows import fill
from services import (
    ALONE,
    BARE,
    CLAIMS,
    OURS,
    PEER_DATABASE,
    PEER_JWT,
    TRICKS,
    Service,
    hashes_per_second,
    hashing,
    started,
    without,
)

CONNECTIONS = 16
LOGINS = (1_000, 1_000_000)
OPAQUE = [name for name in OURS if name.endswith("opaque")]
RESULTS = Path(__file__).parent / "results.json"

Rounds = dict[str, list[Load]]


def in_turn(
    services: list[Service], rounds: int, ask: Callable[[Service], Load]
) -> Rounds:
    found: Rounds = {service.name: [] for service in services}
    for _ in range(rounds):
        for service in services:
            found[service.name].append(ask(service))
    return found


def medians(rounds: Rounds) -> dict[str, dict[str, float]]:
    return {
        name: {
            unit: statistics.median(getattr(it, unit) for it in loads)
            for unit in ("rate", "p50", "p99")
        }
        for name, loads in rounds.items()
    }


def signed_in(database: str, server: Server | None, rounds: int, seconds: int) -> Any:
    """Ask for `GET /users/me`, over many connections and over a single one."""
    names = [BARE, PEER_DATABASE, PEER_JWT, *OURS, *CLAIMS]
    with started(names, database, server) as services:
        many = in_turn(services, rounds, lambda it: load(it, CONNECTIONS, seconds))
        sizes = {service.name: round(memory(service)) for service in services}
        starts = {it.name: round(it.seconds_to_start, 2) for it in services}
    with started([*OPAQUE, *ALONE], database, server) as services:
        single = in_turn(services, rounds, lambda it: load(it, 1, seconds))
    return {
        "many": medians(many),
        "single": medians(single),
        "memory": sizes,
        "start": starts,
    }


def storm(database: str, server: Server | None, rounds: int, seconds: int) -> Any:
    """Ask for `GET /users/me` in peace, and while four people sign in without a pause."""

    def ask_in_the_storm(service: Service) -> Load:
        # To bare FastAPI nobody signs in: passwords are checked beside it.
        bare = service.name == BARE
        with hashing(3600) if bare else sign_ins(service, 4):
            return load(service, CONNECTIONS, seconds)

    names = [BARE, *OPAQUE, PEER_DATABASE]
    calm: Rounds = {name: [] for name in names}
    stormy: Rounds = {name: [] for name in names}
    with started(names, database, server) as services:
        for _ in range(rounds):
            for service in services:
                calm[service.name].append(load(service, CONNECTIONS, seconds))
                stormy[service.name].append(ask_in_the_storm(service))
        rates = {
            it.name: sign_ins_per_second(it, seconds * 2)
            for it in services
            if it.name in OPAQUE
        }
    return {
        "calm": medians(calm),
        "storm": medians(stormy),
        "sign_ins": rates,
        "hashes": hashes_per_second(seconds * 2),
    }


def growth(database: str, server: Server | None, rounds: int, seconds: int) -> Any:
    """Ask for `GET /users/me` with few logins in the table and with many."""
    found: dict[str, Any] = {}
    with started(OPAQUE, database, server) as services:
        for count in LOGINS:
            for service in services:
                fill(service.database, count)
            asked = in_turn(services, rounds, lambda it: load(it, CONNECTIONS, seconds))
            found[str(count)] = medians(asked)
    return found


def tricks(database: str, server: Server | None, rounds: int, seconds: int) -> Any:
    """Ask for `GET /users/me` without each of the things that make it fast."""
    found: dict[str, Any] = {}
    for trick, names in TRICKS.items():
        slower = [without(trick, name) for name in names]
        with started([*names, *slower], database, server) as services:
            asked = in_turn(services, rounds, lambda it: load(it, CONNECTIONS, seconds))
        found[trick] = medians(asked)
    return found


def bakes(rounds: int) -> dict[str, float]:
    """Return the median seconds of a bake: of ours, of one file, and of that with hooks."""
    with tempfile.TemporaryDirectory() as folder:
        one_file = template_of_one_file(Path(folder, "one"))
        with_hooks = template_of_one_file(Path(folder, "hooks"))
        (with_hooks / "hooks").mkdir()
        for name in ("pre_gen_project.py", "post_gen_project.py"):
            (with_hooks / "hooks" / name).write_text("import json\n")
        templates = {
            "this template": TEMPLATE,
            "a template of one file": one_file,
            "with two hooks that do nothing": with_hooks,
        }
        seconds: dict[str, list[float]] = {name: [] for name in templates}
        for n in range(rounds * 3):
            for name, template in templates.items():
                began = time.perf_counter()
                bake_once(template, Path(folder, "out", name, str(n)))
                seconds[name].append(time.perf_counter() - began)
    return {name: statistics.median(them) for name, them in seconds.items()}


def template_of_one_file(folder: Path) -> Path:
    (folder / "{{cookiecutter.name}}").mkdir(parents=True)
    (folder / "cookiecutter.json").write_text('{"name": "one"}')
    (folder / "{{cookiecutter.name}}" / "main.py").write_text("print()\n")
    return folder


def bake_once(template: Path, output: Path) -> None:
    cookiecutter = shutil.which("cookiecutter")
    assert cookiecutter, "cookiecutter is not on the path: use `make benchmarks`"
    options = ["--no-input", "--default-config", "-o", str(output)]
    subprocess.run(
        [cookiecutter, str(template), *options], check=True, capture_output=True
    )


def machine() -> dict[str, str]:
    names = ("fastapi", "uvicorn", "sqlalchemy", "tortoise-orm", "asyncpg")
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in names},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of each measurement")
    chosen = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk asks the services, and is not installed: apt-get install wrk")
    found: dict[str, Any] = {"machine": machine(), "bakes": bakes(chosen.rounds)}
    with find_or_start() as server:
        for database in ("sqlite", "postgresql"):
            for act in (signed_in, storm, growth, tricks):
                print(f"{database}: {act.__doc__}", flush=True)
                name = f"{act.__name__}, {database}"
                found[name] = act(database, server, chosen.rounds, chosen.seconds)
    RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    report.write(found)


if __name__ == "__main__":
    main()
