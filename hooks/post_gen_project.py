"""Lay the folders of the chosen answers over the project, then remove all options."""

import json
import os
import shutil
from pathlib import Path

ANSWERS = json.loads(r"""{{ cookiecutter | tojson }}""")


def lay_answers(layer):
    """Lay `_options/<question>/<answer>` for each answer, then what that asks itself."""
    for folder in sorted(layer.glob("_options/*/*")):
        question, answers = folder.parent.name, folder.name.split("+")
        if ANSWERS[question] in answers:
            # The copies are moved on: they are of no use where they are.
            shutil.copytree(
                folder,
                ".",
                ignore=own_parts,
                copy_function=os.replace,
                dirs_exist_ok=True,
            )
            lay_answers(folder)


def own_parts(folder, names):
    """Fragments are in the files that include them; inner options have their turn."""
    is_answer = Path(folder).parent.parent.name == "_options"
    return {"fragments", "_options"} if is_answer else set()


lay_answers(Path())
shutil.rmtree("_options")

print("cd {{ cookiecutter.project_slug }}")
print("make run    # serves it on http://127.0.0.1:8000")
print("make test   # runs its tests")
