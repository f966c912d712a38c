"""Every combination: baked, free of traces, checked, and judged by its own tests."""

import ast
import os
import re
import shutil
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from conftest import Bake
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from postgres import Server
from shell import make
from template import COMBINATIONS, COOKIECUTTER, PAIRS, name_of

each_combination = pytest.mark.parametrize("answers", COMBINATIONS, ids=name_of)
each_pair = pytest.mark.parametrize("answers", PAIRS, ids=name_of)

REDIS = os.environ.get("TEST_REDIS_URL") or shutil.which("redis-server")

# Words, and the answers whose projects may say them.
WORDS = {
    r"sqlalchemy|alembic": {"sqlalchemy"},
    r"tortoise|pypika|aerich": {"tortoise"},
    r"opaque": {"opaque"},
    r"jwt|jwk|jose|refresh": {"jwt"},
    r"pyjwt|(^|\n)(import|from) jwt\b": {"pyjwt"},
    r"jose": {"python-jose"},
    r"bearer|oauth|access_token": {"opaque", "jwt"},
    r"cookie|csrf|cross.site|sec-fetch": {"session"},
    r"app[./]pages|mails and pages|style\.css": {"session"},
    r"(?<!scope=\")session": {"session", "sqlalchemy"},
    r"passlib|bcrypt": {"passlib-bcrypt"},
    r"pwdlib|argon2": {"pwdlib-argon2"},
    r"cookiecutter|(?<!\w)_options": set(),
}


@each_combination
def test_a_project_says_nothing_of_the_road_not_taken(
    answers: dict[str, str], baked: Bake
) -> None:
    forbidden = [word for word, own in WORDS.items() if not own & {*answers.values()}]

    project = baked(answers)

    traces = [
        f"{file.relative_to(project)}: {found[0]}"
        for file in files(project)
        for word in forbidden
        if (
            found := re.search(
                word, f"{file.relative_to(project)}\n{text(file)}", re.IGNORECASE
            )
        )
    ]
    assert not traces, "\n".join(traces)


@each_combination
def test_the_same_answers_give_the_same_bytes(
    answers: dict[str, str], bake: Bake, baked: Bake
) -> None:
    assert contents(bake(answers)) == contents(baked(answers))


@each_combination
def test_nothing_is_left_of_the_baking(answers: dict[str, str], baked: Bake) -> None:
    project = baked(answers)

    assert [d for d in project.rglob("*") if d.is_dir() and not any(d.iterdir())] == []
    assert [f for f in files(project) if has_jinja(f)] == []
    assert list(project.rglob("_options")) == []
    assert list(project.rglob("fragments")) == []
    assert "\n\n\n" not in without_code(text(project / "README.md"))
    assert headings_of_nothing(text(project / "pyproject.toml"), answers) == []


@each_combination
def test_what_is_imported_is_declared(answers: dict[str, str], baked: Bake) -> None:
    project = baked(answers)
    needed, for_work = dependencies(project)

    assert distributions(project, "app", "migrations") - declared(needed) == set()
    assert distributions(project, ".") - declared(needed + for_work) == set()


@each_combination
def test_what_is_declared_is_imported_or_says_why_it_is_there(
    answers: dict[str, str], baked: Bake
) -> None:
    project = baked(answers)
    needed, for_work = dependencies(project)

    unexplained = {
        canonicalize_name(requirement.name)
        for requirement in needed + for_work
        if not comment_on(project, requirement)
    }
    used = distributions(project, ".") | tools(project, for_work)
    assert unexplained - used == set()


@each_combination
def test_no_project_has_the_name_of_a_package_that_it_declares(
    answers: dict[str, str], baked: Bake
) -> None:
    needed, for_work = dependencies(baked(answers))

    names = {canonicalize_name(requirement.name) for requirement in needed + for_work}
    assert names - {*COOKIECUTTER["_reserved_slugs"]} == set()


@each_combination
def test_a_project_hands_over_at_least_107_tests(
    answers: dict[str, str], baked: Bake
) -> None:
    tests = [
        node
        for file in (baked(answers) / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(text(file)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    ]

    assert len(tests) >= 107


@each_combination
def test_a_project_is_formatted_linted_and_typed(
    answers: dict[str, str], bake: Bake
) -> None:
    make(bake(answers), "check")


@each_combination
def test_a_projects_own_tests_pass_on_sqlite(
    answers: dict[str, str], bake: Bake
) -> None:
    said = make(bake(answers), "test")

    assert nothing_but_passes(said), said


@each_pair
def test_a_projects_own_tests_pass_on_postgresql(
    answers: dict[str, str], bake: Bake, postgres: Server
) -> None:
    with postgres.new_database() as url:
        said = make(bake(answers), "test", TEST_DATABASE_URL=url)

    assert nothing_but_passes(said), said


def files(project: Path) -> list[Path]:
    return sorted(file for file in project.rglob("*") if file.is_file())


def text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def contents(project: Path) -> dict[Path, tuple[int, bytes]]:
    return {
        file.relative_to(project): (file.stat().st_mode, file.read_bytes())
        for file in files(project)
    }


def has_jinja(file: Path) -> bool:
    # Pages, mails, migrations and workflows have marks like these of their own.
    if file.suffix in (".html", ".txt", ".mako", ".yml"):
        return False
    return re.search(r"\{%|\{\{ |\{#", text(file)) is not None


def without_code(markdown: str) -> str:
    return re.sub(r"(?ms)^```.*?^```", "```", markdown)


def headings_of_nothing(declared: str, answers: dict[str, str]) -> list[str]:
    """Return the answers that head a part of a list with no line below."""
    heading = rf"^ *# ({'|'.join(answers.values())})$(?!\n *\")"
    return re.findall(heading, declared, re.MULTILINE)


def nothing_but_passes(said: str) -> bool:
    # Without a Redis, what takes one is skipped; nothing else is.
    skipped = "" if REDIS else r"(, \d+ skipped)?"
    return re.search(rf"^=* ?\d+ passed{skipped} in", said, re.MULTILINE) is not None


def dependencies(project: Path) -> tuple[list[Requirement], list[Requirement]]:
    """Return what a project needs to run, and what its developers need besides."""
    declared = tomllib.loads(text(project / "pyproject.toml"))
    return (
        [Requirement(line) for line in declared["project"]["dependencies"]],
        [Requirement(line) for line in declared["dependency-groups"]["dev"]],
    )


def declared(requirements: list[Requirement]) -> set[str]:
    """Return the names of packages that are asked for, by name or by an extra."""
    return {
        canonicalize_name(name)
        for requirement in requirements
        for name in [requirement.name, *brought_by_extras(requirement)]
    }


def brought_by_extras(requirement: Requirement) -> list[str]:
    inner = map(Requirement, metadata.requires(requirement.name) or [])
    return [
        it.name
        for it in inner
        for extra in requirement.extras
        if it.marker
        and "extra" in str(it.marker)
        and it.marker.evaluate({"extra": extra})
    ]


def distributions(project: Path, *folders: str) -> set[str]:
    """Return the packages that the Python files of some folders import."""
    known = metadata.packages_distributions()
    return {
        # Of those that share a name, the shortest is the one that the others add to.
        min(sorted(map(canonicalize_name, known[module])), key=len)
        for folder in folders
        for file in (project / folder).rglob("*.py")
        for module in imported_modules(file) & known.keys()
    }


def tools(project: Path, requirements: list[Requirement]) -> set[str]:
    """Return the packages that the Makefile runs, and the types of those imported."""
    words = set(re.findall(r"[\w-]+", text(project / "Makefile")))
    typed = {f"types-{name}" for name in distributions(project, ".")}
    names: set[str] = {canonicalize_name(it.name) for it in requirements}
    return names & (words | typed)


def imported_modules(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(text(file))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def comment_on(project: Path, requirement: Requirement) -> bool:
    line = rf'^\s*"{re.escape(requirement.name)}[^"\w-][^"]*",\s*# \w'
    return re.search(line, text(project / "pyproject.toml"), re.MULTILINE) is not None
