"""A person at a real browser, which tells of everything that goes wrong in it."""

import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Request,
    Response,
    expect,
)

CACHE = Path(__file__).parent.parent / ".cache"
AXE_VERSION = "4.14.1"
AXE = CACHE / "npm" / AXE_VERSION / "node_modules" / "axe-core" / "axe.min.js"

# In milliseconds: a sign-in takes a while on a busy machine.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)

SCROLLS_SIDEWAYS = "document.documentElement.scrollWidth > window.innerWidth"

# What Chromium says of every page with such a status, and of nothing else then.
OF_A_REFUSAL = "Failed to load resource: the server responded with a status of 4"

# What it says if somebody types before a page that has come has put the focus.
OF_HASTE = "Autofocus processing was blocked because a document already has a focused"


@dataclass
class Person:
    """One person with a browser of their own, at one service."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    # Pages that were asked for, by their address, and the status of each.
    visited: dict[str, int] = field(default_factory=dict)

    def watch(self) -> None:
        self.page.on("console", self._note_message)
        self.page.on("pageerror", self._note_error)
        self.page.on("request", self._note_request)
        self.page.on("response", self._note_response)

    def _note_message(self, message: ConsoleMessage) -> None:
        refused = self.visited.get(message.location["url"], 0) >= 400
        expected = (OF_HASTE, OF_A_REFUSAL) if refused else OF_HASTE
        if not message.text.startswith(expected):
            self.complaints.append(f"console: {message.text}")

    def _note_error(self, error: Error) -> None:
        self.complaints.append(f"script: {error}")

    def _note_request(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.address).netloc:
            self.complaints.append(f"another host: {request.url}")

    def _note_response(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self.visited[response.url] = response.status
        elif response.status >= 400:
            self.complaints.append(f"{response.status}: {response.url}")

    def visit(self, path: str) -> None:
        self.page.goto(self.address + path)

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.address)

    @property
    def text(self) -> str:
        return self.page.inner_text("main")

    def section(self, title: str) -> Locator:
        """Return the part of the page under a heading."""
        return self.page.get_by_role("region", name=title, exact=True)

    def fill(self, within: Locator | None = None, /, **fields: str) -> None:
        """Type into the fields that have these labels, underscores being spaces."""
        for label, text in fields.items():
            words = label.replace("_", " ").capitalize()
            (within or self.page.locator("main")).get_by_label(words).fill(text)

    def press(self, name: str, within: Locator | None = None) -> None:
        button = (within or self.page).get_by_role("button", name=name, exact=True)
        button.click()
        # The click itself only waits until the next page begins.
        self.page.wait_for_load_state()

    def focused(self) -> str:
        """Return the name of the field that has the focus."""
        return str(self.page.locator(":focus").get_attribute("name"))

    def mistake(self, label: str) -> str:
        """Return what a screen reader says of a field that does not fit."""
        found = self.page.locator("main").get_by_label(label).first
        described_by = str(found.get_attribute("aria-describedby")).split()[-1]
        return self.page.locator(f"#{described_by}").inner_text()

    def barriers(self) -> list[str]:
        """Return what axe finds on this page that keeps people out, or its width."""
        # Evaluated by the debugger, since the page itself lets no script run.
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: dict[str, Any] = self.page.evaluate("axe.run()")
        barriers = [
            f"{self.path}: {each['id']}: {[node['html'] for node in each['nodes']]}"
            for each in found["violations"]
        ]
        if self.page.evaluate(SCROLLS_SIDEWAYS):
            barriers.append(f"{self.path} scrolls sideways")
        return barriers


def install_axe() -> None:
    """Take axe-core from the npm registry, once."""
    if not AXE.exists():
        folder = AXE.parents[2]
        folder.parent.mkdir(parents=True, exist_ok=True)
        npm = ("npm", "install", "--silent", "--no-audit", "--no-fund")
        with tempfile.TemporaryDirectory(dir=folder.parent) as new:
            made = Path(new) / AXE_VERSION
            subprocess.run(
                [*npm, "--prefix", str(made), f"axe-core@{AXE_VERSION}"], check=True
            )
            # Tests beside this one may be at the same.
            with suppress(OSError):
                made.rename(folder)


def new_person(browser: Browser, address: str, **options: Any) -> Person:
    """Return somebody with a fresh browser: no cookies, no history."""
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE)
    person = Person(context.new_page(), address)
    person.watch()
    return person
