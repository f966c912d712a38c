"""The laws that let any answer to one question meet any answer to another."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from template import (
    BASE,
    COOKIECUTTER,
    LAYERS,
    PROJECT,
    QUESTIONS,
    TEMPLATE,
    Layer,
    read_by,
    sources,
)
from test_combinations import imported_modules

COPIED_AS_THEY_ARE = [
    pattern for pattern in COOKIECUTTER["_copy_without_render"] if pattern != "_options"
]
PACKAGES = {
    "orm": ["app.store", "tests.store"],
    "token_style": ["app.access", "app.entrance", "app.setup", "tests.access"],
    "password_hashing": ["app.password_hashing", "tests.password_hashing"],
    "jwt_library": ["app.access.codec"],
}
# A token style may add modules and functions; the others may not.
MIRRORED = [
    (question, package, *pair)
    for question, packages in PACKAGES.items()
    if question != "token_style"
    for package in packages
    if package.startswith("app.")
    for pair in combinations(QUESTIONS[question], 2)
]
# How a connection is opened is what an ORM is; what is called there is compared below.
UNLIKE_BY_NATURE = [Path("app/store/database.py")]


def test_every_answer_has_a_folder_and_every_folder_is_an_answer() -> None:
    for question, answers in QUESTIONS.items():
        assert {
            a for layer in LAYERS if layer.question == question for a in layer.answers
        } == set(answers)
    assert {layer.question for layer in LAYERS} == set(QUESTIONS)


def test_a_nested_question_is_read_by_one_answer() -> None:
    assert {question: read_by(question) for question in QUESTIONS} == {
        "orm": None,
        "token_style": None,
        "password_hashing": None,
        "jwt_library": "jwt",
    }


@pytest.mark.parametrize("pattern", COPIED_AS_THEY_ARE)
def test_code_needs_no_rendering(pattern: str) -> None:
    for found in PROJECT.glob(pattern if "/" in pattern else f"**/{pattern}"):
        for file in [found, *found.rglob("*")]:
            if file.is_file() and file.suffix != ".pyc":
                assert "cookiecutter" not in file.read_text(encoding="utf-8"), file


def test_python_has_no_jinja() -> None:
    for file in PROJECT.rglob("*.py"):
        assert not re.search(r"\{%|\{\{ ", file.read_text(encoding="utf-8")), file


def test_hooks_lay_files_and_do_nothing_else() -> None:
    harmless = {
        "json",
        "keyword",
        "os",
        "pathlib",
        "re",
        "shutil",
        "sys",
        "unicodedata",
    }
    for hook in (TEMPLATE / "hooks").glob("*.py"):
        tree = ast.parse(hook.read_text(encoding="utf-8"))
        used = {
            f"os.{node.attr}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "os"
        }
        assert imported_modules(hook) <= harmless
        assert used <= {"os.replace"}


def test_a_file_has_one_owner() -> None:
    for one, other in combinations([BASE, *LAYERS], 2):
        if can_meet(one, other):
            assert not one.files() & other.files(), (one.folder, other.folder)


def can_meet(one: Layer, other: Layer) -> bool:
    return one.question != other.question or bool(one.answers & other.answers)


def test_a_package_has_one_owner() -> None:
    for one, other in combinations([BASE, *LAYERS], 2):
        if one.question != other.question:
            assert not packages(one) & packages(other), (one.folder, other.folder)


def packages(layer: Layer) -> set[Path]:
    return {file.parent for file in layer.python_files()}


def test_no_folder_is_for_a_pair_of_questions() -> None:
    for layer in LAYERS:
        assert len(layer.folder.relative_to(PROJECT).parts) in (3, 6), layer.folder


def test_no_folder_is_empty() -> None:
    assert [d for d in PROJECT.rglob("*") if d.is_dir() and not any(d.iterdir())] == []


def test_no_cache_or_database_is_in_the_project() -> None:
    found = [
        f
        for f in PROJECT.rglob("*")
        if re.search(r"__pycache__|_cache$|\.pyc$|\.db$|\.venv$|\.coverage$", f.name)
    ]
    assert found == []


@pytest.mark.parametrize(("question", "package", "one", "other"), MIRRORED)
def test_alternatives_have_the_same_modules(
    question: str, package: str, one: str, other: str
) -> None:
    assert (
        modules(question, one, package).keys()
        == modules(question, other, package).keys()
    )


@pytest.mark.parametrize(("question", "package", "one", "other"), MIRRORED)
def test_alternatives_have_the_same_functions(
    question: str, package: str, one: str, other: str
) -> None:
    mirrored = modules(question, other, package)
    for module, source in modules(question, one, package).items():
        if module not in UNLIKE_BY_NATURE:
            assert functions(source) == functions(mirrored[module]), module


@pytest.mark.parametrize(("question", "packages"), PACKAGES.items())
def test_an_answer_lacks_nothing_that_other_files_call(
    question: str, packages: list[str]
) -> None:
    for module, name in called_in(packages, question):
        for answer in QUESTIONS[question]:
            assert name in names_in(question, answer, module), (answer, module)


@pytest.mark.parametrize(("question", "packages"), PACKAGES.items())
def test_what_other_files_call_has_one_signature(
    question: str, packages: list[str]
) -> None:
    for package in packages:
        for _, name in called_in([package], question):
            signatures = {
                signature(question, answer, package, name)
                for answer in QUESTIONS[question]
            }
            assert len(signatures) == 1, (name, signatures)


def modules(question: str, answer: str, package: str) -> dict[Path, Path]:
    """Return the modules of an answer's package, and where each stands."""
    folder = Path(*package.split("."))
    return {
        file: source
        for file, source in sources(question, answer).items()
        if folder in file.parents and file.suffix == ".py"
    }


def functions(module: Path) -> dict[str, str]:
    """Return the public functions of a module and their signatures."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return {
        node.name: without(libraries_types(tree), signature_text(node))
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("_")
    }


def signature_text(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    returns = ast.unparse(node.returns) if node.returns else ""
    return f"{type(node).__name__}({ast.unparse(node.args)}) -> {returns}"


def libraries_types(tree: ast.Module) -> set[str]:
    """Return the names that a module has from a library, which its mirror has not."""
    return {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module
        if node.module.split(".")[0] not in {"app", "tests", *sys.stdlib_module_names}
        for alias in node.names
    }


def without(names: set[str], text: str) -> str:
    return re.sub(r"\w+", lambda word: "…" if word[0] in names else word[0], text)


def called_in(packages: list[str], question: str) -> list[tuple[str, str]]:
    """Return what the files of others import from packages: modules and names."""
    own = PROJECT / "_options" / question
    others = [
        layer
        for layer in [BASE, *LAYERS]
        # What an answer asks itself may call what that answer owns.
        if layer.question != question and own not in layer.folder.parents
    ]
    return sorted(
        {
            (module, name)
            for layer in others
            for file in layer.python_files()
            for module, name in imports(layer.folder / file)
            if any(f"{module}.".startswith(f"{package}.") for package in packages)
        }
    )


def names_in(question: str, answer: str, module: str) -> set[str]:
    """Return the names at the top of an answer's module, and the modules in it."""
    found = sources(question, answer)
    path = Path(*module.split("."))
    file = found.get(path.with_suffix(".py")) or found.get(path / "__init__.py")
    inner = {f.stem for f in found if f.parent == path}
    return inner | (top_level_names(file) if file else set())


def top_level_names(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.ImportFrom() | ast.Import():
                names |= {alias.asname or alias.name for alias in node.names}
            case ast.Assign():
                names |= {
                    target.id for target in node.targets if isinstance(target, ast.Name)
                }
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
    return names


def signature(question: str, answer: str, package: str, name: str) -> str | None:
    """Return a function's signature wherever in its package it is; else None."""
    found = modules(question, answer, package).values()
    return next(
        (functions(file)[name] for file in found if name in functions(file)), None
    )


def imports(file: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)


# From top to bottom: a part of the app reaches itself and what is below it, directly or
# by way of a module that is no part, such as `app.errors`, which all may import.
PARTS = [
    ["__main__"],
    ["main"],
    ["routes", "pages"],
    ["access"],
    ["services"],
    ["password_hashing", "store"],
]
DEPTHS = {part: depth for depth, parts in enumerate(PARTS) for part in parts}


@pytest.mark.parametrize("part", DEPTHS)
def test_imports_point_down(part: str) -> None:
    graph = imports_of_the_app()
    for module in graph:
        if part_of(module) == part:
            for reached in parts_reached(module, graph, set()) - {part}:
                assert DEPTHS[reached] > DEPTHS[part], f"{module} reaches {reached}"


def imports_of_the_app() -> dict[str, set[str]]:
    graph: dict[str, set[str]] = {}
    for layer in [BASE, *LAYERS]:
        for file in layer.python_files():
            if file.parts[0] == "app":
                graph.setdefault(module_name(file), set()).update(
                    f"{module}.{name}" if module == "app" else module
                    for module, name in imports(layer.folder / file)
                    if part_of(module) or module == "app"
                )
    return graph


def module_name(file: Path) -> str:
    return ".".join(file.with_suffix("").parts).removesuffix(".__init__")


def part_of(module: str) -> str:
    """Return `store` for `app.store.users`, and nothing for what is not the app's."""
    return module.split(".")[1] if module.startswith("app.") else ""


def parts_reached(module: str, graph: dict[str, set[str]], seen: set[str]) -> set[str]:
    found = {part_of(imported) for imported in graph.get(module, ())} & DEPTHS.keys()
    for imported in graph.get(module, set()) - seen:
        if part_of(imported) not in DEPTHS:
            found |= parts_reached(imported, graph, seen | {imported})
    return found


def test_the_template_and_the_project_have_one_rule_set() -> None:
    own = tomllib.loads((TEMPLATE / "ruff.toml").read_text(encoding="utf-8"))

    assert Path(own["extend"]).parent.name == PROJECT.name
    assert not own.get("lint", {}).keys() & {
        "select",
        "extend-select",
        "ignore",
        "extend-ignore",
    }
