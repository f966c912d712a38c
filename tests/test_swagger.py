"""Swagger UI and its own Authorize dialog, in a real browser."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from browser import Person, new_person
from conftest import Bake
from playwright.sync_api import Browser, expect
from shell import python
from template import COMBINATIONS, name_of
from test_served import EMAIL, PASSWORD, new_client, register, served

BY_STYLE = {answers["token_style"]: answers for answers in reversed(COMBINATIONS)}
BEARERS = [BY_STYLE[style] for style in ("opaque", "jwt") if style in BY_STYLE]
SESSIONS = [BY_STYLE[style] for style in ("session",) if style in BY_STYLE]

# Chromium's, on the dialog of Swagger UI.
ADVICE = "Password field is not contained in a form"


@contextmanager
def at_the_docs(
    answers: dict[str, str], bake: Bake, chromium: Browser
) -> Iterator[Person]:
    """Let somebody who has an account look at the page that describes the API."""
    project = bake(answers)
    python(project, "-m", "app", "make-env")
    with served(project, sys.executable) as address:
        with new_client(address) as client:
            register(client)
        ada = new_person(chromium, address)
        yield ada
        ada.page.context.close()
        assert [it for it in ada.complaints if ADVICE not in it] == []


@pytest.mark.parametrize("answers", BEARERS, ids=name_of)
def test_whoever_authorizes_calls_the_api_from_the_page(
    answers: dict[str, str], bake: Bake, chromium: Browser
) -> None:
    with at_the_docs(answers, bake, chromium) as ada:
        ada.visit("/docs")

        authorize(ada)

        assert EMAIL in read_me(ada)


@pytest.mark.parametrize("answers", SESSIONS, ids=name_of)
def test_whoever_is_signed_in_calls_the_api_from_the_page(
    answers: dict[str, str], bake: Bake, chromium: Browser
) -> None:
    with at_the_docs(answers, bake, chromium) as ada:
        ada.visit("/login")
        ada.fill(email=EMAIL, password=PASSWORD)
        ada.press("Sign in")

        ada.visit("/docs")

        assert EMAIL in read_me(ada)


def authorize(ada: Person) -> None:
    ada.page.locator(".auth-wrapper .authorize").first.click()
    dialog = ada.page.locator(".dialog-ux")
    dialog.locator("#oauth_username").fill(EMAIL)
    dialog.locator("#oauth_password").fill(PASSWORD)
    with_a_password = dialog.locator(".auth-container", has_text="OAuth2, password")
    with_a_password.locator("button.authorize").click()
    expect(with_a_password.get_by_text("Logout")).to_be_visible()
    ada.page.locator(".close-modal").click()


def read_me(ada: Person) -> str:
    """Call `GET /users/me` and return what the page shows of the answer."""
    operation = ada.page.locator(".opblock-get").filter(
        has=ada.page.locator('[data-path="/users/me"]')
    )
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table")
    expect(answer.locator(".response-col_status").last).to_contain_text("200")
    return answer.inner_text()
