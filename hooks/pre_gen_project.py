"""Refuse answers that would make a broken project, before anything is written."""

import json
import keyword
import re
import sys
import unicodedata

ANSWERS = json.loads(r"""{{ cookiecutter | tojson }}""")
LONGEST = 100
# Control characters, lone surrogates, and what ends a line or a paragraph.
CONTROL = {"Cc", "Cs", "Zl", "Zp"}
# Jinja, which cookiecutter reads in answers too, and the variables of settings files.
CODE = re.compile(r"[{][#%{]|[$][{]")
DISTRIBUTION = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


def why_not_as_text(text):
    """Say what to change in a text that goes into TOML, Markdown and settings files."""
    if not isinstance(text, str):
        return "is no text: put it in quotes"
    if not text.strip():
        return "is blank: give it at least one word"
    if len(text) > LONGEST:
        return f"has {len(text)} characters: use at most {LONGEST}"
    if any(unicodedata.category(character) in CONTROL for character in text):
        return "has a line break or a control character: leave it out"
    if code := CODE.search(text):
        return f"has {code[0]}, which would be read as code: leave it out"
    return None


def why_not_as_slug(slug):
    """Say what to change in the name of a folder and a distribution (PEP 508)."""
    if len(slug) > LONGEST:
        return f"has {len(slug)} characters: use at most {LONGEST}"
    if not DISTRIBUTION.fullmatch(slug):
        return "is no distribution name: use letters, digits, - _ and . (auth-service)"
    if is_taken(slug.lower()):
        return f"is the name of something else: choose another, such as my-{slug}"
    return None


def is_taken(slug):
    """Say whether Python, Windows or a package of the project has the name already."""
    name = re.sub(r"[-_.]+", "-", slug)
    module = name.replace("-", "_")
    return (
        name in ANSWERS["_reserved_slugs"]
        or keyword.iskeyword(module)
        or module in getattr(sys, "stdlib_module_names", ())
        or WINDOWS.fullmatch(slug) is not None
    )


def refusals():
    yield "project_name", why_not_as_text(ANSWERS["project_name"])
    yield "project_slug", why_not_as_slug(ANSWERS["__slug_as_answered"])
    yield "description", why_not_as_text(ANSWERS["description"])
    yield "author", why_not_as_text(ANSWERS["author"])


for question, reason in refusals():
    if reason:
        sys.exit(f"{question} {reason}.")
