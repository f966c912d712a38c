"""The pages in a real browser: headless Chromium, with nothing but what a person does."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from browser import Person, install_axe, new_person
from conftest import Bake
from playwright.sync_api import Browser
from postbox import Postbox, mail_server
from shell import python
from template import COMBINATIONS, name_of
from test_served import served

PASSWORD, NEW_PASSWORD = "a long and quiet evening", "a short and noisy morning"

# One for each ORM: the pages know nothing of how passwords are hashed.
WITH_PAGES = {
    answers["orm"]: answers
    for answers in reversed(COMBINATIONS)
    if answers["token_style"] == "session"
}
SETTINGS = {
    "MAIL_FROM": "accounts@example.com",
    # All of these people share one address.
    "THROTTLE_PER_ADDRESS": "1000",
    "PASSWORD_HASH_ROUNDS": "4",
}

NewPerson = Callable[..., Person]


@dataclass
class Service:
    address: str
    project: Path
    postbox: Postbox

    def add_super_user(self, email: str) -> None:
        script = f"echo '{PASSWORD}' | {{}} -m app create-user {email} --scope super"
        python(
            self.project,
            "-c",
            f"import subprocess, sys; "
            f"subprocess.run({script!r}.format(sys.executable), shell=True, check=True)",
        )


@pytest.fixture(scope="module", params=WITH_PAGES.values(), ids=name_of)
def service(request: pytest.FixtureRequest, bake: Bake) -> Iterator[Service]:
    project = bake(request.param)
    with mail_server() as (postbox, mail_url):
        lines = [f"{name}={value}\n" for name, value in SETTINGS.items()]
        env = "".join([*lines, f"MAIL_URL={mail_url}\n"])
        (project / ".env").write_text(env, encoding="utf-8")
        with served(project, shutil.which("python") or "python") as address:
            yield Service(address, project, postbox)


@pytest.fixture
def new(chromium: Browser, service: Service) -> Iterator[NewPerson]:
    """A function that returns one more person, whose browser must not complain."""
    people: list[Person] = []

    def come(**options: object) -> Person:
        people.append(new_person(chromium, service.address, **options))
        return people[-1]

    yield come
    for person in people:
        person.page.context.close()
    assert [each for person in people for each in person.complaints] == []


numbers = count(1)


@pytest.fixture
def email() -> str:
    """An address that nobody has used."""
    return f"ada{next(numbers)}.{os.getpid()}@example.com"


def register(person: Person, email: str) -> None:
    person.visit("/register")
    person.fill(email=email, name="Ada", password=PASSWORD)
    person.press("Register")


def sign_in(person: Person, email: str, password: str = PASSWORD) -> None:
    person.visit("/login")
    person.fill(email=email, password=password)
    person.press("Sign in")


def signed_in(person: Person, email: str) -> Person:
    register(person, email)
    sign_in(person, email)
    assert person.path == "/"
    return person


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_an_account_from_the_first_day_to_the_last(
    new: NewPerson, service: Service, email: str, scripts: bool
) -> None:
    ada = new(java_script_enabled=scripts)
    register(ada, email)
    assert "A mail with a link is on its way" in ada.text

    ada.page.goto(service.postbox.newest_link(email, "/verify-email"))
    ada.press("Yes, this is my address")
    assert "Your address is confirmed." in ada.text

    ada.visit("/account")
    assert ada.path == "/login?next=/account"
    ada.fill(email=email, password=PASSWORD)
    ada.press("Sign in")
    assert ada.path == "/account"
    assert f"{email} is confirmed." in ada.text

    ada.fill(ada.section("Profile"), name="Ada Lovelace")
    ada.press("Save")
    assert ada.text.startswith("Saved.")

    ada.press("Sign out")
    assert ada.text.startswith("You are signed out.")
    ada.visit("/account")
    assert ada.path == "/login?next=/account"

    sign_in(ada, email)
    assert "You are signed in as Ada Lovelace." in ada.text
    ada.visit("/account")
    deletion = ada.section("Delete the account")
    ada.fill(deletion, current_password=PASSWORD)
    ada.press("Delete the account", deletion)
    assert ada.text.startswith("Your account is gone")

    sign_in(ada, email)
    assert ada.mistake("Password") == "Email or password is wrong."


def test_a_mistake_is_told_beside_its_field_which_has_the_focus(
    new: NewPerson, email: str
) -> None:
    ada = new()
    ada.visit("/register")

    ada.fill(email=email, name="Ada", password="too short")
    ada.press("Register")

    assert ada.mistake("Password") == "Use at least 15 characters."
    assert ada.focused() == "password"
    assert ada.page.get_by_label("Email").input_value() == email
    assert ada.page.get_by_label("Password").input_value() == ""


def test_a_page_is_told_from_a_mistake_by_its_title(new: NewPerson, email: str) -> None:
    ada = new()

    sign_in(ada, email)

    assert ada.page.title().startswith("Error: Sign in")
    assert ada.mistake("Password") == "Email or password is wrong."


def test_too_many_failures_say_when_to_try_again(new: NewPerson, email: str) -> None:
    ada = new()
    register(ada, email)
    for _ in range(5):
        sign_in(ada, email, "a wrong password")

    sign_in(ada, email)

    assert "Try again in 15 min." in ada.mistake("Password")
    assert ada.page.get_by_label("Email").input_value() == email


def test_a_new_password_signs_the_other_browser_out(new: NewPerson, email: str) -> None:
    laptop, phone = signed_in(new(), email), new()
    sign_in(phone, email)
    laptop.visit("/account")

    form = laptop.section("Password")
    laptop.fill(form, current_password=PASSWORD, new_password=NEW_PASSWORD)
    laptop.press("Change the password")

    assert laptop.text.startswith("Your password is changed")
    phone.visit("/account")
    assert phone.path == "/login?next=/account"
    sign_in(phone, email, NEW_PASSWORD)
    assert phone.path == "/"


def test_a_login_on_another_device_is_ended(new: NewPerson, email: str) -> None:
    laptop, phone = signed_in(new(), email), new(user_agent="A phone")
    sign_in(phone, email)
    laptop.visit("/account")

    row = laptop.page.get_by_role("listitem").filter(has_text="A phone")
    row.get_by_role("button").click()

    assert laptop.text.startswith("That login has ended.")
    phone.visit("/account")
    assert phone.path == "/login?next=/account"


def test_a_forgotten_password_is_replaced_by_a_link_in_a_mail(
    new: NewPerson, service: Service, email: str
) -> None:
    ada = new()
    register(ada, email)
    ada.visit("/login")
    ada.page.get_by_role("link", name="Forgot your password?").click()
    ada.fill(email=email)
    ada.press("Mail me a link")

    ada.page.goto(service.postbox.newest_link(email, "/reset-password"))
    ada.fill(new_password=NEW_PASSWORD)
    ada.press("Change the password")

    assert ada.text.startswith("Your password is changed.")
    sign_in(ada, email, NEW_PASSWORD)
    assert ada.path == "/"


def test_an_account_moves_to_another_address(
    new: NewPerson, service: Service, email: str
) -> None:
    ada = signed_in(new(), email)
    ada.visit("/account")
    form = ada.section("Email")
    ada.fill(form, new_email=f"new.{email}", current_password=PASSWORD)
    ada.press("Change the email")

    ada.page.goto(service.postbox.newest_link(f"new.{email}", "/confirm-email"))
    ada.press("Yes, this is my address")
    ada.visit("/account")

    assert f"new.{email} is confirmed." in ada.text


def test_an_api_key_is_shown_once(new: NewPerson, email: str) -> None:
    ada = signed_in(new(), email)
    ada.visit("/account")
    form = ada.section("API keys")
    ada.fill(form, name="Backup")
    ada.press("Create a key")
    key = form.locator("code").first.inner_text()

    ada.page.reload()

    assert key.startswith("ak_")
    assert key not in ada.page.content()
    ada.press("End the key Backup")
    assert ada.text.startswith("That key has ended.")


def test_an_administrator_looks_after_accounts(
    new: NewPerson, service: Service, email: str
) -> None:
    ada = signed_in(new(), email)
    service.add_super_user(f"root.{email}")
    root = new()
    sign_in(root, f"root.{email}")

    root.page.get_by_role("link", name="Users").click()
    root.fill(email_starts_with=email)
    root.press("Search")
    root.page.get_by_text("Change", exact=True).click()
    root.page.get_by_label("admin", exact=True).check()
    root.press("Save the scopes")
    assert root.text.startswith("The account is changed.")

    ada.visit("/admin/users")
    assert ada.page.title().startswith("Users")

    root.page.get_by_text("Change", exact=True).click()
    root.press("Disable the account")
    ada.visit("/account")
    assert ada.path == "/login?next=/account"


def test_whoever_is_no_administrator_is_told_so(new: NewPerson, email: str) -> None:
    ada = signed_in(new(), email)

    ada.visit("/admin/users")

    assert "This needs the scope admin." in ada.text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out(
    new: NewPerson, service: Service, email: str, scheme: str
) -> None:
    if shutil.which("npm") is None:
        pytest.skip("no npm, which axe-core is installed by")
    install_axe()
    stranger = new(color_scheme=scheme)
    service.add_super_user(email)
    root = new(color_scheme=scheme, viewport={"width": 360, "height": 640})
    sign_in(root, email)

    barriers = [
        *barriers_to(stranger, *STRANGERS_PAGES),
        *barriers_to(root, *PRIVATE_PAGES),
        *barriers_after_mistakes(stranger, root),
    ]

    assert barriers == []


STRANGERS_PAGES = (
    "/",
    "/login",
    "/register",
    "/forgot-password",
    "/reset-password?token=x",
    "/verify-email?token=x",
    "/confirm-email?token=x",
    "/nowhere",
)
PRIVATE_PAGES = ("/", "/account", "/admin/users", "/nowhere")


def barriers_to(person: Person, *paths: str) -> Iterator[str]:
    for path in paths:
        person.visit(path)
        yield from person.barriers()
        yield from sideways_scrolling(person)


def barriers_after_mistakes(stranger: Person, root: Person) -> Iterator[str]:
    sign_in(stranger, "nobody@example.com")
    yield from stranger.barriers()
    stranger.visit("/verify-email?token=x")
    stranger.press("Yes, this is my address")
    yield from stranger.barriers()
    root.visit("/account")
    form = root.section("API keys")
    root.fill(form, name="Backup")
    root.press("Create a key")
    yield from root.barriers()
    deletion = root.section("Delete the account")
    root.fill(deletion, current_password="a wrong password")
    root.press("Delete the account", deletion)
    yield from root.barriers()
    root.visit("/admin/users")
    root.page.get_by_text("Change", exact=True).first.click()
    yield from root.barriers()


def sideways_scrolling(person: Person) -> list[str]:
    wider = "document.documentElement.scrollWidth > window.innerWidth"
    return [f"{person.path} scrolls sideways"] if person.page.evaluate(wider) else []
