"""The folders are layers: each knows what is below it, and nothing of what is above."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

import app
from app.main import app as service
from app.refusals import asked_by
from app.store.database import request_transaction

ROOT = Path(app.__path__[0])

# From top to bottom. What is on none of these lines, such as `app.errors`, may be
# imported by all: it counts as whatever it imports itself.
LAYERS = [
    ["__main__"],
    ["main"],
    ["routes"],
    ["access"],
    ["services"],
    ["store", "password_hashing"],
]
DEPTHS = {part: depth for depth, parts in enumerate(LAYERS) for part in parts}


def imports_of(file: Path) -> Iterator[str]:
    """Give what a file imports, also within its functions: `app.store.users`, `fastapi`."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def module_of(file: Path) -> str:
    parts = file.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


GRAPH = {module_of(file): set(imports_of(file)) for file in ROOT.rglob("*.py")}


def part_of(module: str) -> str:
    """Return `store` for `app.store.users`, and nothing for `fastapi`."""
    return module.split(".")[1] if module.startswith("app.") else ""


def reached_from(module: str, seen: set[str]) -> set[str]:
    """Return the layers that a module imports, itself or by what belongs to none."""
    reached = set()
    for imported in GRAPH[module] & GRAPH.keys() - seen:
        seen.add(imported)
        part = part_of(imported)
        reached |= {part} if part in DEPTHS else reached_from(imported, seen)
    return reached


def libraries_of(part: str) -> set[str]:
    """Return what a layer imports that is neither ours nor Python's."""
    imported = {
        name.split(".")[0]
        for module, names in GRAPH.items()
        if part_of(module) == part
        for name in names
    }
    return imported - {"app", *sys.stdlib_module_names}


@pytest.mark.parametrize("part", DEPTHS)
def test_imports_point_down(part: str) -> None:
    for module in GRAPH:
        if part_of(module) == part:
            for reached in reached_from(module, set()) - {part}:
                assert DEPTHS[reached] > DEPTHS[part], f"{module} imports {reached}"


def test_every_layer_is_there() -> None:
    assert {part_of(module) for module in GRAPH} >= DEPTHS.keys()


def test_the_rules_know_neither_http_nor_sql() -> None:
    assert libraries_of("services") & libraries_of("routes") == set()
    assert libraries_of("services") & libraries_of("store") == set()


def test_only_the_store_knows_how_rows_are_stored() -> None:
    # It tells FastAPI what a request's transaction is.
    known = libraries_of("store") - {"fastapi"}

    # The drivers stay what they are, whatever the store is.
    others = {part_of(module) for module in GRAPH} - {"store", "drivers"}

    assert known
    assert [part for part in others if libraries_of(part) & known] == []


def calls_of(dependant: Dependant) -> Iterator[Any]:
    """Give all that a route depends on, in the order in which it is called."""
    for each in dependant.dependencies:
        yield from calls_of(each)
        yield each.call


def is_known_in_time(dependant: Dependant) -> bool:
    """Whether all that finds the caller is called before a transaction begins."""
    calls = [*calls_of(dependant), request_transaction]
    before = calls[: calls.index(request_transaction)]
    return all(find_caller in before for find_caller in asked_by(dependant))


def test_no_connection_waits_while_the_caller_is_looked_up() -> None:
    """That takes a connection too: requests that hold one each would starve each other."""
    routes = [
        route
        for route in iter_route_contexts(service.routes)
        if hasattr(route, "dependant")
    ]

    assert any(request_transaction in calls_of(it.dependant) for it in routes)
    assert [it.path for it in routes if not is_known_in_time(it.dependant)] == []
