"""Write down what all combinations need, as their own `pyproject.toml` declares it."""

import sys
import tomllib
from itertools import product
from pathlib import Path

from bake import PROJECT, choices
from jinja2 import ChainableUndefined, Environment, FileSystemLoader

# A whole bake for each would take longer; nothing but the answers matters here.
RENDER = Environment(  # noqa: S701 - what is rendered is no page
    loader=FileSystemLoader(PROJECT), undefined=ChainableUndefined
)


def requirements(answers: dict[str, str]) -> set[str]:
    text = RENDER.get_template("pyproject.toml").render(cookiecutter=answers)
    declared = tomllib.loads(text)
    return {*declared["project"]["dependencies"], *declared["dependency-groups"]["dev"]}


if __name__ == "__main__":
    questions = choices()
    found: set[str] = set()
    for answers in product(*questions.values()):
        found |= requirements(dict(zip(questions, answers, strict=True)))
    Path(sys.argv[1]).write_text("\n".join(sorted(found)) + "\n", encoding="utf-8")
