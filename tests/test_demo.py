"""`make demo`, and what it tells people to type."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from shell import clean_environment, run
from template import COMBINATIONS, TEMPLATE, name_of

COMMAND = re.compile(r"^  (curl (?:.+\\\n)*.+)$", re.MULTILINE)
READY = "Application startup complete"
SHOW_STATUS = r"--silent --write-out '\n%{http_code}'"


@pytest.mark.parametrize("answers", COMBINATIONS[:1], ids=name_of)
def test_what_it_tells_people_to_type_registers_and_signs_in(
    answers: dict[str, str],
) -> None:
    with demo(answers) as said:
        register, sign_in = (typed(command) for command in COMMAND.findall(said))

    assert (register.splitlines()[-1], sign_in.splitlines()[-1]) == ("201", "200")
    assert '"ada@example.com"' in register


def typed(command: str) -> str:
    return run(TEMPLATE, "bash", "-c", f"{command} {SHOW_STATUS}")


@contextmanager
def demo(answers: dict[str, str]) -> Iterator[str]:
    """Run it until it serves, and give what it says until then."""
    wanted = [f"ORM={answers['orm']}", f"TOKEN={answers['token_style']}"]
    process = subprocess.Popen(
        ["make", "demo", *wanted],  # noqa: S607
        cwd=TEMPLATE,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # So that all it starts can be stopped with it.
        start_new_session=True,
    )
    assert process.stdout
    said = ""
    try:
        for line in process.stdout:
            said += line
            if READY in line:
                break
        assert READY in said, said
        yield said
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate()
