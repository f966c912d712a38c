"""The README tells of what is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")

NAMED = re.compile(r"`((?:app|tests|migrations)/[\w./]+)(?:::(\w+))?`")
REQUIREMENTS = re.compile(r"\| (\d+\.\d+\.\d+.*?) \|")
NUMBERS = re.compile(r"\d+\.\d+\.\d+(, \d+\.\d+\.\d+)*( \(level 3\))?")
IN_THE_TREE = re.compile(r"^ {6}([\w.]+)/? ", re.MULTILINE)

# What a reader is shown how to add.
EXAMPLES = {"app/store/reports.py"}

ROWS = [line for line in README.splitlines() if REQUIREMENTS.match(line)]


def functions_of(file: Path) -> set[str]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    tree = ast.parse(file.read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, kinds)}


@pytest.mark.parametrize(("file", "test"), NAMED.findall(README))
def test_what_it_names_is_there(file: str, test: str) -> None:
    assert file in EXAMPLES or (ROOT / file).exists()
    assert test == "" or test in functions_of(ROOT / file)


def test_the_tree_is_as_it_says() -> None:
    names = IN_THE_TREE.findall(README)

    assert len(names) > 10
    assert [name for name in names if not (ROOT / "app" / name).exists()] == []


@pytest.mark.parametrize("row", ROWS)
def test_each_requirement_is_shown_by_a_test(row: str) -> None:
    _, requirements, _, shown_by, _ = row.split("|")

    assert NUMBERS.fullmatch(requirements.strip())
    assert all(test for _, test in NAMED.findall(shown_by))
    assert NAMED.findall(shown_by)


def test_requirements_are_met_at_all() -> None:
    assert len(ROWS) > 40
