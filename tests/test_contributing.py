"""The steps of CONTRIBUTING.md, followed with a third ORM and a fourth token style."""

import json
import re
import shutil
from pathlib import Path

import pytest
from pytest_cookies.plugin import Cookies
from shell import python
from template import PROJECT, TEMPLATE

NOT_THE_TEMPLATE = shutil.ignore_patterns(
    ".git", ".venv*", ".cache", "build", "__pycache__"
)
NEW_ANSWERS = [
    ("orm", "tortoise", "made-up-orm"),
    ("token_style", "opaque", "made-up-style"),
]


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A copy of the template, to be changed."""
    return Path(
        shutil.copytree(TEMPLATE, tmp_path / "template", ignore=NOT_THE_TEMPLATE)
    )


@pytest.mark.parametrize(("question", "like", "new"), NEW_ANSWERS)
def test_an_answer_is_a_folder_and_a_line_in_the_questions(
    question: str, like: str, new: str, template: Path, cookies: Cookies
) -> None:
    copy_its_neighbour(template, question, like, new)
    add_to_the_questions(template, question, new)

    baked = cookies.bake({question: new}, template=str(template))

    assert baked.exception is None
    python(template, "-m", "pytest", "-q", "tests/test_options.py")
    python(baked.project_path, "-m", "pytest", "-q")


def test_a_project_to_work_in_is_made_of_links_and_tests_itself(template: Path) -> None:
    python(template, "tools/work.py", ORM="tortoise", TOKEN="jwt")

    project = template / "build" / "tortoise-jwt"
    codec = "_options/token_style/jwt/_options/jwt_library/python-jose/app/access/codec"
    assert_link(project / "app/tokens.py", PROJECT.name, "app/tokens.py")
    assert_link(project / "app/access/codec/signature.py", codec, "signature.py")
    assert not (project / "pyproject.toml").is_symlink()
    python(
        project, "-m", "coverage", "run", "-m", "pytest", "-q", "tests/test_tokens.py"
    )
    what = ["--include=*/app/tokens.py", "--fail-under=100"]
    python(project, "-m", "coverage", "report", *what)


def assert_link(file: Path, *parts: str) -> None:
    assert file.is_symlink()
    assert file.resolve().as_posix().endswith("/".join(parts))


def copy_its_neighbour(template: Path, question: str, like: str, new: str) -> None:
    options = template / PROJECT.name / "_options" / question
    shutil.copytree(options / like, options / new)
    # What the neighbour shares with others is the new one's as well.
    for folder in options.glob("*+*"):
        if like in folder.name.split("+"):
            shared = f"{folder.name}+{new}"
            folder.rename(options / shared)
            for fragment in options.rglob("fragments/*"):
                text = fragment.read_text(encoding="utf-8")
                text = text.replace(f"/{folder.name}/", f"/{shared}/")
                fragment.write_text(text, encoding="utf-8")


def add_to_the_questions(template: Path, question: str, new: str) -> None:
    file = template / "cookiecutter.json"
    questions = json.loads(file.read_text(encoding="utf-8"))
    questions[question].append(new)
    questions["__prompts__"][question][new] = f"{new} - for this test alone"
    file.write_text(json.dumps(questions), encoding="utf-8")


def test_the_guide_names_only_what_is_there() -> None:
    guide = (TEMPLATE / "CONTRIBUTING.md").read_text(encoding="utf-8")
    layers = [TEMPLATE, PROJECT, *PROJECT.glob("_options/*/*")]

    named = re.findall(r"`((?:_options|app|tests|hooks|tools|docs)/[\w./+-]+)`", guide)

    assert [it for it in named if not any((at / it).exists() for at in layers)] == []
