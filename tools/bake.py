"""Bake a project into `build/`, with answers such as ORM=tortoise from the environment."""

import json
import os
import subprocess
import sys
from pathlib import Path

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
    options = ["--no-input", "--default-config", "--overwrite-if-exists"]
    given = [f"{question}={answer}" for question, answer in answers.items()]
    # What to do next, which it prints, is for those who bake by hand.
    subprocess.run(
        [
            *(sys.executable, "-m", "cookiecutter", *options, "-o", str(BUILD)),
            *(str(TEMPLATE), f"project_slug={slug}", *given),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return BUILD / slug


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
