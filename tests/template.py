"""What the template is made of: its questions, the folders of their answers, and the combinations."""

import json
import os
from dataclasses import dataclass
from itertools import product
from pathlib import Path

TEMPLATE = Path(__file__).parent.parent
PROJECT = TEMPLATE / "{{cookiecutter.project_slug}}"
COOKIECUTTER = json.loads((TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8"))
QUESTIONS: dict[str, list[str]] = {
    question: answers
    for question, answers in COOKIECUTTER.items()
    if isinstance(answers, list) and not question.startswith("_")
}


@dataclass(frozen=True)
class Layer:
    """A folder that is laid over the project when its question has one of its answers."""

    folder: Path
    question: str = ""
    answers: frozenset[str] = frozenset()

    def files(self) -> set[Path]:
        """Return what it adds, as paths in the finished project."""
        found = {
            f.relative_to(self.folder) for f in self.folder.rglob("*") if f.is_file()
        }
        return {
            f
            for f in found
            if f.parts[0] not in ("_options", "fragments")
            and "__pycache__" not in f.parts
        }

    def python_files(self) -> set[Path]:
        return {file for file in self.files() if file.suffix == ".py"}


BASE = Layer(PROJECT)


def layers_in(layer: Layer) -> list[Layer]:
    """Return the layers that a layer's own options add, and those that they add in turn."""
    found = [
        Layer(folder, folder.parent.name, frozenset(folder.name.split("+")))
        for folder in sorted(layer.folder.glob("_options/*/*"))
    ]
    return [inner for outer in found for inner in [outer, *layers_in(outer)]]


LAYERS = layers_in(BASE)


def sources(question: str, answer: str) -> dict[Path, Path]:
    """Return where each file stands that an answer adds, without what it asks itself."""
    chosen = [
        layer
        for layer in LAYERS
        if layer.question == question and answer in layer.answers
    ]
    return {file: layer.folder / file for layer in chosen for file in layer.files()}


def read_by(question: str) -> str | None:
    """Return the answer that a nested question belongs to, such as `jwt` for `jwt_library`."""
    for layer in LAYERS:
        owner = layer.folder.parent.parent.parent
        if layer.question == question and owner != PROJECT:
            return owner.name
    return None


def combinations() -> list[dict[str, str]]:
    """Return the answers of every project that can be baked; a question that is not read takes no part."""
    every = (
        dict(zip(QUESTIONS, answers, strict=True))
        for answers in product(*QUESTIONS.values())
    )
    asked = [
        {
            question: answer
            for question, answer in chosen.items()
            if read_by(question) in (None, *chosen.values())
        }
        for chosen in every
    ]
    return [chosen for n, chosen in enumerate(asked) if chosen not in asked[:n]]


def name_of(answers: dict[str, str]) -> str:
    return "-".join(answers.values())


# `make test ORM=tortoise TOKEN=jwt` runs the combinations with these answers alone.
WANTED = {
    "orm": "ORM",
    "token_style": "TOKEN",
    "password_hashing": "HASHING",
    "jwt_library": "JWT",
}
COMBINATIONS = [
    chosen
    for chosen in combinations()
    if all(
        os.environ.get(variable, "") in ("", chosen.get(question))
        for question, variable in WANTED.items()
    )
]

# One combination for each pair of an ORM and a token style.
PAIRS = list(
    {(it["orm"], it["token_style"]): it for it in reversed(COMBINATIONS)}.values()
)
