"""Bake a project into `build/`, with answers such as ORM=tortoise from the environment."""

import json
import os
from pathlib import Path

from cookiecutter.main import cookiecutter

TEMPLATE = Path(__file__).parent.parent
PROJECT = TEMPLATE / "{{cookiecutter.project_slug}}"
BUILD = TEMPLATE / "build"
VARIABLES = {
    "orm": "ORM",
    "token_style": "TOKEN",
    "password_hashing": "HASHING",
    "jwt_library": "JWT",
}


def bake(slug: str, answers: dict[str, str]) -> Path:
    """Bake a project into `build/<slug>`, over one that is there already, and return where it is."""
    baked = cookiecutter(
        str(TEMPLATE),
        no_input=True,
        default_config=True,
        overwrite_if_exists=True,
        output_dir=str(BUILD),
        extra_context={"project_slug": slug, **answers},
    )
    return Path(baked)


def choices() -> dict[str, list[str]]:
    text = (TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8")
    questions = json.loads(text)
    return {question: questions[question] for question in VARIABLES}


def wanted() -> dict[str, str]:
    """Return the answers that the environment gives, and the defaults for the rest."""
    return {
        question: os.environ.get(VARIABLES[question]) or answers[0]
        for question, answers in choices().items()
    }
