"""What a user may do: the names, what they contain, and what is left of them."""

import pytest

from app.scopes import effective, is_scope, with_implied
from app.settings import settings


@pytest.mark.parametrize("scope", ["admin", "reports:read", "a", "!", "~", "[x]"])
def test_a_scope_is_one_token(scope: str) -> None:
    assert is_scope(scope)


@pytest.mark.parametrize(
    "scope", ["", " ", "a b", "a\tb", "a\nb", 'a"b', "a\\b", "é", "a\0", "admin\n"]
)
def test_what_would_not_pass_as_one_token_is_no_scope(scope: str) -> None:
    assert not is_scope(scope)


def test_a_super_may_what_an_admin_may() -> None:
    assert with_implied(["super"]) == {"super", "admin"}


def test_no_other_scope_contains_another() -> None:
    assert with_implied(["admin", "introspect"]) == {"admin", "introspect"}


@pytest.mark.parametrize(
    ("granted", "held", "left"),
    [
        (["admin"], ["admin"], {"admin"}),
        (["admin"], [], set()),
        ([], ["admin"], set()),
        (["super"], ["admin"], {"admin"}),
        (["admin"], ["super"], {"admin"}),
        (["super"], ["super"], {"super", "admin"}),
    ],
)
def test_what_is_left_is_both_granted_and_held(
    granted: list[str], held: list[str], left: set[str]
) -> None:
    assert effective(granted, held) == left


def test_the_scopes_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "scopes", ("reports:read",))

    assert settings.all_scopes == (
        "authenticated",
        "admin",
        "super",
        "introspect",
        "reports:read",
    )
