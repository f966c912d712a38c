"""Commands, run in a project as its owner would."""

import os
import subprocess
import sys
from pathlib import Path

CACHE = Path(__file__).parent.parent / ".cache"
# What belongs to the run of the template's tests, not to that of a project.
OURS = ("PYTEST_", "COVERAGE_", "COV_", "VIRTUAL_ENV", "PYTHON", "MAKE", "MFLAGS")
# Plugins of pytest that the owner of a project has not got.
OUR_PLUGINS = ("cookies", "hypothesispytest", "schemathesis", "xdist")


def run(project: Path, *command: str, **environment: str) -> str:
    """Return what a command prints; fail with it when the command does."""
    done = subprocess.run(
        command,
        cwd=project,
        env=clean_environment() | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}"
    return done.stdout


def python(project: Path, *arguments: str, **environment: str) -> str:
    return run(project, sys.executable, *arguments, **environment)


def make(project: Path, verb: str, **environment: str) -> str:
    """Return what a verb of a project's Makefile prints, run in the environment of ours."""
    (project / ".venv").symlink_to(sys.prefix)
    return run(project, "make", "-o", ".venv/installed", verb, **environment)


def clean_environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
    # One cache for each worker: what a library's types are is found out once.
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    return kept | {
        "PYTEST_ADDOPTS": " ".join(f"-p no:{plugin}" for plugin in OUR_PLUGINS),
        "MYPY_CACHE_DIR": str(CACHE / "projects" / worker / "mypy"),
        "RUFF_CACHE_DIR": str(CACHE / "projects" / worker / "ruff"),
    }
