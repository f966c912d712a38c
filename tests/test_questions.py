"""The answers: what is refused, and that what is accepted gives a valid project."""

import compileall
import json
import re
import subprocess
import sys
import tomllib
from io import StringIO
from pathlib import Path

import pytest
from dotenv import dotenv_values
from pytest_cookies.plugin import Cookies
from shell import python
from template import COMBINATIONS, COOKIECUTTER, TEMPLATE, name_of

REFUSED: dict[str, list[object]] = {
    "project_name": [
        "",
        "  ",
        "x" * 101,
        "two\nlines",
        "a\x07bell",
        "a\u2028line",
        "{{ '{{' }}",
        "${HOME}",
    ],
    "project_slug": [
        *[
            "",
            "  ",
            ".",
            "..",
            "a/b/c",
            "../up",
            "/elsewhere",
            "a\\b",
            "x" * 101,
            "x" * 300,
        ],
        *["-dash", "dash-", "two words", "größe", "new\nline", "a+b", "x;y"],
        *[
            "con",
            "NUL",
            "com1.txt",
            "class",
            "email",
            "app",
            "tests",
            "FastAPI",
            "click",
            "tortoise_orm",
            "python.jose",
        ],
    ],
    "description": ["", "two\r\nlines"],
    "author": [" ", "a\x00nul", None, True],
}
ODD_NAMES = [
    """Ada's "quoted" service""",
    '"',
    "back\\slash\\",
    "\\u0041\\n",
    "日本語サービス",
    "🎉 Größe 👩\u200d💻",
    "$(touch pwned) `touch pwned` $HOME",
    "<script>alert(1)</script>",
    "{x} }} %} #}",
    "'''",
    '"""',
    "# = [section]",
    "-n --help",
]


@pytest.mark.parametrize(
    ("question", "answer"), [(q, a) for q, answers in REFUSED.items() for a in answers]
)
def test_a_bad_answer_is_refused_in_one_line_and_leaves_nothing(
    question: str,
    answer: object,
    tmp_path: Path,
    cookies: Cookies,
    capfd: pytest.CaptureFixture[str],
) -> None:
    refused = cookies.bake(extra_context={question: answer})

    assert refused.exit_code != 0
    said = capfd.readouterr().err.splitlines()
    assert len(said) == 1, said
    assert re.fullmatch(rf"{question} .+: .+\.", said[0])
    assert list(tmp_path.rglob("*")) == [
        tmp_path / "cookies",
        tmp_path / "cookies" / "bake00",
    ]


def test_what_an_owner_added_stays_when_the_project_is_baked_again(
    tmp_path: Path,
) -> None:
    bake_by_command(tmp_path)
    (project,) = tmp_path.iterdir()
    folders = {it.parent for it in project.rglob("*.*") if ".git" not in it.parts}
    added = [folder / "of_our_own.py" for folder in folders]
    for file in added:
        file.write_text("OWN = True\n", encoding="utf-8")

    again = bake_by_command(tmp_path, "--overwrite-if-exists")

    assert again.returncode == 0
    assert [it for it in added if not it.exists()] == []


def test_the_command_line_exits_1_when_it_refuses(tmp_path: Path) -> None:
    done = bake_by_command(tmp_path, "project_slug=a/b")

    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "project_slug is no distribution name: use letters, digits, - _ and . (auth-service)."
    ]
    assert list(tmp_path.iterdir()) == []


def test_an_answer_that_is_no_choice_is_refused_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    done = bake_by_command(tmp_path, "orm=django")

    assert done.returncode == 1
    assert "django provided for choice variable orm, but the choices are" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_tests_of_a_project_pass_whatever_its_name_is(cookies: Cookies) -> None:
    project = cookies.bake(extra_context={"project_name": "Battery"}).project_path

    # The people in them have a password with that word.
    said = python(project, "-m", "pytest", "-q", "tests/test_registration.py")

    assert " passed" in said


@pytest.mark.parametrize("name", ODD_NAMES)
def test_an_odd_name_gives_a_valid_project(name: str, cookies: Cookies) -> None:
    project = cookies.bake(
        extra_context={"project_name": name, "description": name, "author": name}
    ).project_path

    declared = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    assert (declared["description"], declared["authors"]) == (name, [{"name": name}])
    assert answers_of(project)["project_name"] == name
    assert compileall.compile_dir(project, quiet=1)
    assert set_in(project / ".env.example", "SERVICE_NAME") == name


@pytest.mark.parametrize(
    "slug", ["a", "my-service", "my_service", "My.Service2", "3d", "x" * 100]
)
def test_a_distribution_name_is_a_good_slug(slug: str, cookies: Cookies) -> None:
    project = cookies.bake(extra_context={"project_slug": slug}).project_path

    assert project.name == slug
    assert (
        tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))[
            "project"
        ]["name"]
        == slug
    )


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Auth Service", "auth-service"),
        ("  Größe & Co. ", "grosse-co"),
        ("🎉", "auth-service"),
        ("A/B\\C", "a-b-c"),
    ],
)
def test_the_slug_is_made_from_the_name(name: str, slug: str, cookies: Cookies) -> None:
    assert cookies.bake(extra_context={"project_name": name}).project_path.name == slug


@pytest.mark.parametrize("answers", COMBINATIONS, ids=name_of)
def test_the_project_records_the_answers_that_were_read(
    answers: dict[str, str], cookies: Cookies
) -> None:
    texts = {
        question: COOKIECUTTER[question]
        for question in ("project_name", "description", "author")
    }

    project = cookies.bake(extra_context=answers).project_path

    assert answers_of(project) == {**texts, "project_slug": "auth-service", **answers}


def test_every_question_is_asked_in_words() -> None:
    asked = {question for question in COOKIECUTTER if not question.startswith("_")}

    assert COOKIECUTTER["__prompts__"].keys() == asked
    for question in asked:
        if isinstance(COOKIECUTTER[question], list):
            assert COOKIECUTTER["__prompts__"][question].keys() == {
                "__prompt__",
                *COOKIECUTTER[question],
            }


def test_what_to_do_next_is_said_in_three_lines(tmp_path: Path) -> None:
    said = bake_by_command(tmp_path).stdout.splitlines()

    assert [line.split("#")[0].strip() for line in said] == [
        "cd auth-service",
        "make run",
        "make test",
    ]


def test_the_version_is_the_same_everywhere() -> None:
    version = COOKIECUTTER["_version"]

    declared = tomllib.loads((TEMPLATE / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]["version"]
    assert declared == version
    assert f"## {version}" in (TEMPLATE / "CHANGELOG.md").read_text(encoding="utf-8")


def bake_by_command(folder: Path, *answers: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "cookiecutter",
        str(TEMPLATE),
        "--no-input",
        "--default-config",
        "-o",
        str(folder),
        *answers,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def set_in(example: Path, variable: str) -> str | None:
    """Return what a setting is once the # before it has been taken away."""
    lines = example.read_text(encoding="utf-8").splitlines()
    enabled = [it.removeprefix("#") for it in lines if it.startswith(f"#{variable}=")]
    return dotenv_values(stream=StringIO("\n".join(enabled)))[variable]


def answers_of(project: Path) -> dict[str, str]:
    recorded = json.loads((project / ".fastapi-auth.json").read_text(encoding="utf-8"))
    assert recorded["template_version"] == COOKIECUTTER["_version"]
    answers: dict[str, str] = recorded["answers"]
    return answers
