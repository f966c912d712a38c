"""Take pictures of the pages, for the README: `make screenshots`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from bake import BUILD, TEMPLATE, bake
from browser import Person, new_person
from playwright.sync_api import Browser, sync_playwright
from test_served import served

FOLDER = TEMPLATE / "docs" / "screenshots"
ADA, GRACE, LINUS = "ada@example.com", "grace@example.com", "linus@example.com"
PASSWORD = "a long and quiet evening"
SETTINGS = "PASSWORD_HASH_ROUNDS=4\n"

LAPTOP = {"viewport": {"width": 900, "height": 1100}, "color_scheme": "light"}
PHONE = {
    "viewport": {"width": 390, "height": 760},
    "color_scheme": "dark",
    "device_scale_factor": 2,
    "user_agent": "Ada's phone",
}


def add_accounts(project: Path) -> None:
    for email, scope in (
        (LINUS, "introspect"),
        (GRACE, "authenticated"),
        (ADA, "super"),
    ):
        subprocess.run(
            [sys.executable, "-m", "app", "create-user", email, "--scope", scope],
            cwd=project,
            input=PASSWORD,
            text=True,
            check=True,
        )


def sign_in(person: Person, password: str = PASSWORD) -> None:
    person.visit("/login")
    person.fill(email=ADA, password=password)
    person.press("Sign in")


def take(person: Person, name: str) -> None:
    person.page.screenshot(path=FOLDER / f"{name}.png")


def take_all(chromium: Browser, address: str) -> None:
    laptop = new_person(chromium, address, **LAPTOP)
    phone = new_person(chromium, address, **PHONE)
    laptop.visit("/register")
    laptop.fill(email="edsger@example.com", name="Edsger", password="too short")
    laptop.press("Register")
    take(laptop, "register")
    phone.visit("/login")
    take(phone, "login")
    sign_in(phone)
    phone.visit("/account")
    take(phone, "account-phone")
    sign_in(laptop)
    laptop.visit("/account")
    laptop.section("Where you are signed in").scroll_into_view_if_needed()
    take(laptop, "account")
    laptop.visit("/admin/users")
    laptop.page.get_by_text("Change", exact=True).nth(1).click()
    take(laptop, "users")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    shutil.rmtree(BUILD / "screenshots", ignore_errors=True)
    project = bake("screenshots", {"token_style": "session"})
    (project / ".env").write_text(SETTINGS, encoding="utf-8")
    with served(project, sys.executable) as address, sync_playwright() as playwright:
        add_accounts(project)
        chromium = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
            chromium_sandbox=False,
        )
        take_all(chromium, address)
