"""The OpenAPI document of each style, and schemathesis, which tries all that it allows and forbids."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Bake
from shell import clean_environment, python
from template import PAIRS, TEMPLATE, name_of
from test_served import EMAIL, PASSWORD, new_client, register, served

Done = subprocess.CompletedProcess[str]

CONFIGURATION = """
# What was found once is found again.
seed = 1
# That few of its passwords are right, or its tokens known.
warnings = false
# One credential is ours; a second one beside it is refused, and tested elsewhere.
generation.with-security-parameters = false
# What is of the right form may be wrong all the same: a password, a mailed token.
checks.positive_data_acceptance.enabled = false
# It asks without a credential, and lets our hook put one there all the same.
checks.ignored_auth.enabled = false
"""
# It asks more often than people do, and is to meet the rules rather than the throttle.
UNTHROTTLED = dict.fromkeys(
    [
        "THROTTLE_PER_ACCOUNT",
        "THROTTLE_PER_ADDRESS",
        "THROTTLE_PER_ACCOUNT_AND_ADDRESS",
    ],
    "1000000",
)


@pytest.mark.parametrize("signed_in", [True, False], ids=["signed in", "stranger"])
@pytest.mark.parametrize("answers", PAIRS, ids=name_of)
def test_a_service_answers_as_its_document_says(
    answers: dict[str, str], signed_in: bool, bake: Bake, tmp_path: Path
) -> None:
    project = bake(answers)
    python(project, "-m", "app", "make-env")
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION, encoding="utf-8")

    with served(project, sys.executable, environment=UNTHROTTLED) as address:
        with new_client(address) as ada:
            register(ada)
        python(project, "-m", "app", "grant", EMAIL, "super")
        done = fuzz(address, tmp_path, signed_in)

    assert done.returncode == 0, done.stdout
    assert re.search(r"(\d{3,}) generated, \1 passed", done.stdout), done.stdout


def fuzz(address: str, folder: Path, signed_in: bool) -> Done:
    hooks = {"SCHEMATHESIS_HOOKS": "fuzzing", "PYTHONPATH": str(TEMPLATE / "tests")}
    program = str(Path(sys.executable).parent / "schemathesis")
    options = ["--continue-on-failure", "--max-examples", "10", "--no-color"]
    environment = {"FUZZED": address, "EMAIL": EMAIL, "PASSWORD": PASSWORD}
    return subprocess.run(
        [program, "run", f"{address}/openapi.json", *options],
        cwd=folder,
        env=clean_environment() | environment | (hooks if signed_in else {}),
        capture_output=True,
        text=True,
        check=False,
    )
