"""The README of a project, followed by its owner: the project's own tests still pass."""

import ast
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Bake
from shell import run
from template import PAIRS, QUESTIONS, name_of

SECTION = re.compile(r"^## (.+)\n((?:(?!## ).*\n?)*)", re.MULTILINE)
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
PYTHON_FILE = re.compile(r"app/[\w/]+\.py")
COMMAND = re.compile(r"^    ((?:make|\.venv/bin/python) .+)", re.MULTILINE)
SETTING = re.compile(r"^    ([A-Z_]+=.+\n)", re.MULTILINE)

PROTECT, TRUST, ADD = (
    "Protect a route of your own",
    "Trust the claims alone",
    "Add a table",
)
ADD_ADA = (
    "echo correct horse battery | .venv/bin/python -m app create-user ada@example.com"
)

# Those that look at all routes, scopes, tables or migrations. None of the others meets
# what is new, and `test_combinations.py` runs them all.
CONCERNED = [
    *("api_keys", "architecture", "commands", "database", "docs", "health", "me"),
    *("migrations", "readme", "reports", "secrets", "who_comes_first"),
]
# What must be covered: all that the owner wrote, and how the tests know their tables.
COVERED = "app/main.py,*/reports.py,*/test_reports.py,tests/database.py,tests/store/*"

# What an owner adds by themselves: new lines are covered by new tests.
TESTS = '''"""Reports: who reads them, and that they are kept."""

from uuid import UUID

from httpx2 import AsyncClient

from app.store import reports
from app.store.database import transaction
from tests.conftest import NewClient, signed_in
from tests.people import ADA, BOB, code_of, id_of


async def test_people_read_their_own(ada: AsyncClient) -> None:
    assert (await ada.get("/reports/mine")).json() == [f"Report for {ADA}"]


async def test_all_are_for_who_has_the_scope(
    ada: AsyncClient, new_client: NewClient
) -> None:
    reader = await signed_in(await new_client(), BOB, "reports:read")

    assert (await reader.get("/reports")).json() == ["Report for everyone"]
    assert code_of(await ada.get("/reports")) == (403, "insufficient_scope")


async def test_what_is_added_is_kept(ada: AsyncClient) -> None:
    ada_id = UUID(await id_of(ada))
    async with transaction() as db:
        await reports.add(db, ada_id, "The first")

    async with transaction() as db:
        assert await reports.titles_of(db, ada_id) == ["The first"]
'''
TEST_OF_CLAIMS = """

async def test_a_summary_is_for_whose_token_has_the_scope(
    ada: AsyncClient, new_client: NewClient
) -> None:
    reader = await signed_in(await new_client(), BOB, "reports:read")

    answer = await reader.get("/reports/summary")

    assert answer.json() == f"Summary for {await id_of(reader)}"
    assert code_of(await ada.get("/reports/summary")) == (403, "insufficient_scope")
"""


def each_answer() -> list[dict[str, str]]:
    """Return every token style, with the ORMs in turn."""
    orms, styles = QUESTIONS["orm"], QUESTIONS["token_style"]
    chosen = {style: orms[n % len(orms)] for n, style in enumerate(styles)}
    return [it for it in PAIRS if it["orm"] == chosen[it["token_style"]]]


class Owner:
    """Somebody who does in a project what its README says."""

    def __init__(self, project: Path) -> None:
        self.project = project
        readme = (project / "README.md").read_text(encoding="utf-8")
        self.sections = dict(SECTION.findall(readme))
        (project / ".venv").symlink_to(sys.prefix)

    def run(self, command: str) -> None:
        # What `make` would install is there already.
        command = command.replace("make ", "make -o .venv/installed ")
        run(self.project, *shlex.split(command))

    def write_code(self, heading: str) -> None:
        for file, code in blocks(self.sections[heading]):
            add_code(self.project / file, code)
            self.run(f".venv/bin/ruff check -q --fix {file}")

    def change_settings(self, heading: str) -> None:
        with (self.project / ".env").open("a", encoding="utf-8") as file:
            file.writelines(SETTING.findall(self.sections[heading]))

    def run_commands(self, heading: str) -> None:
        for command in COMMAND.findall(self.sections[heading]):
            self.run(command)

    def test(self) -> None:
        files = " ".join(f"tests/test_{name}.py" for name in CONCERNED)
        self.run(f".venv/bin/coverage run -m pytest {files} tests/store")
        self.run(f".venv/bin/coverage report --include={COVERED}")


def blocks(section: str) -> Iterator[tuple[str, str]]:
    """Give the code that a section shows, and for which file: the one that it named last."""
    for block in BLOCK.finditer(section):
        first_line_end = section.index("\n", block.start(1))
        yield PYTHON_FILE.findall(section[:first_line_end])[-1], block[1]


def add_code(file: Path, code: str) -> None:
    """Put code where an editor would: what it imports at the top of the file."""
    if not file.exists():
        file.write_text(code, encoding="utf-8")
        return
    imports, rest = apart(code)
    text = file.read_text(encoding="utf-8")
    text = re.sub(r"^(?=from )", imports, text, count=1, flags=re.MULTILINE)
    file.write_text(f"{text}\n\n{rest}", encoding="utf-8")


def apart(code: str) -> tuple[str, str]:
    """Return the imports of some code, and what follows them."""
    nodes = ast.parse(code).body
    ends = [it.end_lineno or 0 for it in nodes if isinstance(it, ast.ImportFrom)]
    lines = code.splitlines(keepends=True)
    n = max(ends, default=0)
    return "".join(lines[:n]), "".join(lines[n:]).lstrip("\n")


def add_to_the_routes(main: Path) -> None:
    """Import the module `reports`, and add it to `ROUTES`."""
    text = main.read_text(encoding="utf-8")
    neighbour = "    registration,\n"
    assert text.count(neighbour) == 2
    text = text.replace(neighbour, f"{neighbour}    reports,\n")
    main.write_text(text, encoding="utf-8")


def follow(owner: Owner) -> None:
    """Do what the README says, in the order in which it can be done."""
    owner.run(".venv/bin/python -m app make-env")
    owner.write_code(PROTECT)
    add_to_the_routes(owner.project / "app/main.py")
    owner.change_settings(PROTECT)
    owner.write_code(ADD)
    owner.run_commands(ADD)
    owner.run(f"sh -c '{ADD_ADA}'")
    owner.run_commands(PROTECT)
    if TRUST in owner.sections:
        owner.write_code(TRUST)


@pytest.mark.parametrize("answers", each_answer(), ids=name_of)
def test_who_does_what_it_says_has_a_project_that_passes_its_tests(
    answers: dict[str, str], bake: Bake
) -> None:
    owner = Owner(bake(answers))
    follow(owner)
    tests = TESTS + (TEST_OF_CLAIMS if TRUST in owner.sections else "")
    (owner.project / "tests/test_reports.py").write_text(tests, encoding="utf-8")

    owner.run("make check")
    owner.test()
