"""Bake a combination whose files are links to their sources, to develop them there."""

import filecmp
from collections.abc import Iterator
from pathlib import Path

from bake import BUILD, PROJECT, bake, wanted


def layers(answers: dict[str, str], layer: Path = PROJECT) -> Iterator[Path]:
    """Give the folders that a combination is made of, as the hook lays them."""
    yield layer
    for folder in sorted(layer.glob("_options/*/*")):
        if answers[folder.parent.name] in folder.name.split("+"):
            yield from layers(answers, folder)


def link_to_sources(project: Path, layer: Path) -> None:
    """Put a link where a file is a copy; what was rendered stays as it is."""
    for source in layer.rglob("*"):
        file = project / source.relative_to(layer)
        if is_copy(file, source):
            file.unlink()
            file.symlink_to(source)


def is_copy(file: Path, source: Path) -> bool:
    both_are_files = file.is_file() and source.is_file() and not file.is_symlink()
    return both_are_files and filecmp.cmp(file, source, shallow=False)


def remove_links(project: Path) -> None:
    """Make way: a new bake would write through the links into the sources."""
    for file in project.rglob("*"):
        if file.is_symlink() and PROJECT in file.readlink().parents:
            file.unlink()


if __name__ == "__main__":
    answers = wanted()
    slug = f"{answers['orm']}-{answers['token_style']}"
    remove_links(BUILD / slug)
    project = bake(slug, answers)
    for layer in layers(answers):
        link_to_sources(project, layer)
