"""The OpenAPI document of each style, and schemathesis, which tries all that it allows and forbids."""

import sys
from pathlib import Path

import httpx2
import pytest
from conftest import Bake
from shell import python, run
from template import PAIRS, TEMPLATE, name_of
from test_served import EMAIL, PASSWORD, register, served

CONFIGURATION = """
# One credential is ours; a second one beside it is refused, and tested elsewhere.
generation.with-security-parameters = false
# What is of the right form may be wrong all the same: a password, a mailed token.
checks.positive_data_acceptance.enabled = false
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
        with httpx2.Client(base_url=address) as ada:
            register(ada)
        python(project, "-m", "app", "grant", EMAIL, "super")
        said = fuzz(address, tmp_path, signed_in)

    assert "No issues found" in said, said


def fuzz(address: str, folder: Path, signed_in: bool) -> str:
    hooks = {"SCHEMATHESIS_HOOKS": "fuzzing", "PYTHONPATH": str(TEMPLATE / "tests")}
    return run(
        folder,
        str(Path(sys.executable).parent / "schemathesis"),
        *["run", f"{address}/openapi.json"],
        *["--continue-on-failure", "--max-examples", "20", "--no-color"],
        FUZZED=address,
        EMAIL=EMAIL,
        PASSWORD=PASSWORD,
        **(hooks if signed_in else {}),
    )
