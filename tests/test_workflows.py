"""What the workflows run, of the template and of a project, and on what."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from template import PROJECT, TEMPLATE


def jobs_of(folder: Path) -> Any:
    file = folder / ".github" / "workflows" / "ci.yml"
    return yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"]


def commands(job: Any) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


def test_a_project_is_checked_and_tested_on_both_databases() -> None:
    job = jobs_of(PROJECT)["test"]
    databases = job["strategy"]["matrix"]["database"]

    assert commands(job) == ["make check test"]
    assert job["env"]["TEST_DATABASE_URL"] == "${{ matrix.database }}"
    # Without an address it is SQLite.
    assert [urlsplit(url).scheme for url in databases] == ["", "postgresql"]


def test_each_pair_of_answers_is_tested_on_each_python() -> None:
    jobs = jobs_of(TEMPLATE)
    matrix = jobs["combination"]["strategy"]["matrix"]
    wanted = "make test ORM=${{ matrix.orm }} TOKEN=${{ matrix.token_style }}"

    assert commands(jobs["combination"]) == [wanted]
    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]
    # The answers are those of the questions, whatever they are.
    for question in ("orm", "token_style"):
        assert f".{question} | tojson" in commands(jobs["laws"])[0]
        assert matrix[question] == f"${{{{ fromJSON(needs.laws.outputs.{question}) }}}}"
