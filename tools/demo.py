"""Bake the default project, or the one that is asked for, and serve it."""

import os
import shutil

from bake import BUILD, bake, wanted

ADDRESS = "http://127.0.0.1:8000"
NEXT = f"""
It answers on {ADDRESS} in a moment; its API is at {ADDRESS}/docs. In another terminal:

  curl {ADDRESS}/auth/register \\
    -H 'Content-Type: application/json' \\
    -d '{{"email": "ada@example.com", "password": "a long and quiet evening"}}'

  curl {ADDRESS}/auth/login \\
    -H 'Content-Type: application/json' \\
    -d '{{"email": "ada@example.com", "password": "a long and quiet evening"}}'

The project is in build/demo. Ctrl-C stops it.
"""

if __name__ == "__main__":
    # A project with links is left by `make work`, one with a database by the last demo.
    shutil.rmtree(BUILD / "demo", ignore_errors=True)
    project = bake("demo", wanted())
    print(NEXT, flush=True)
    os.environ.pop("MAKEFLAGS", None)
    os.execvp("make", ["make", "-C", str(project), "run"])  # noqa: S606, S607
