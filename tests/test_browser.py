"""The pages in a real browser: headless Chromium, with nothing but what a person does."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, count
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

PHONE = {"width": 360, "height": 640}
ELSEWHERE = "http://127.0.0.2/picture.png"

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
        with served(project, sys.executable) as address:
            yield Service(address, project, postbox)


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Whether browsers run scripts: the pages need none."""
    return bool(request.param)


@pytest.fixture
def new(chromium: Browser, service: Service, scripts: bool) -> Iterator[NewPerson]:
    """A function that returns one more person, whose browser must not complain."""
    people: list[Person] = []

    def come(**options: object) -> Person:
        options["java_script_enabled"] = scripts
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


def test_an_account_from_the_first_day_to_the_last(
    new: NewPerson, service: Service, email: str
) -> None:
    ada = new()
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


def test_a_mistake_that_belongs_to_no_field_has_the_focus(new: NewPerson) -> None:
    ada = new()
    ada.visit("/verify-email?token=x")

    ada.press("Yes, this is my address")

    assert ada.page.locator(":focus").get_attribute("role") == "alert"


def test_a_form_says_which_site_it_comes_from(
    new: NewPerson, service: Service, email: str
) -> None:
    ada = new()

    with ada.page.expect_request(lambda request: request.method == "POST") as sent:
        sign_in(ada, email)

    assert sent.value.all_headers()["origin"] == service.address


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
    assert key in ada.page.locator(":focus").inner_text()

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


def test_a_page_is_as_light_as_the_device(new: NewPerson) -> None:
    people = [new(color_scheme=scheme) for scheme in ("light", "dark")]
    for person in people:
        person.visit("/")

    ground = "getComputedStyle(document.body).backgroundColor"
    light, dark = [person.page.evaluate(ground) for person in people]
    assert light != dark


def test_what_a_page_must_not_do_is_complained_of(
    chromium: Browser, service: Service
) -> None:
    ada = new_person(chromium, service.address)

    ada.page.set_content(f"<img src='{ELSEWHERE}'><script>throw 'nothing'</script>")
    assert f"another host: {ELSEWHERE}" in ada.complaints
    assert "script: nothing" in ada.complaints

    ada.complaints.clear()
    ada.visit("/")
    ada.page.set_content("<script>alert()</script>")
    assert "Content Security Policy" in ada.complaints[0]
    ada.page.context.close()


# axe is a script itself.
@pytest.mark.parametrize("scripts", [True], ids=["scripts"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out(
    new: NewPerson, service: Service, email: str, scheme: str
) -> None:
    if shutil.which("npm") is None and "CI" not in os.environ:
        pytest.skip("no npm, which axe-core is installed by")
    install_axe()
    service.add_super_user(f"root.{email}")
    # With a name that gives no place to break a line, as those of devices may be.
    phone = {"color_scheme": scheme, "viewport": PHONE, "user_agent": "x" * 200}
    ada, root = new(**phone), new(**phone)
    sign_in(root, f"root.{email}")

    stops = chain(
        visits(ada, *OPEN_PAGES),
        visits(root, *PRIVATE_PAGES),
        steps_of_a_stranger(ada, email),
        steps_on_the_account_page(ada),
        steps_of_an_administrator(root, ada, email),
    )
    assert [barrier for person in stops for barrier in person.barriers()] == []


OPEN_PAGES = (
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


def visits(person: Person, *paths: str) -> Iterator[Person]:
    """Give the person at each of these pages."""
    for path in paths:
        person.visit(path)
        yield person


def steps_of_a_stranger(ada: Person, email: str) -> Iterator[Person]:
    """Give the person wherever a page says more than at a visit."""
    sign_in(ada, "nobody@example.com")
    yield ada
    ada.visit("/verify-email?token=x")
    ada.press("Yes, this is my address")
    yield ada
    ada.visit("/register")
    ada.fill(email=email, name="x" * 201, password="too short")
    ada.press("Register")
    yield ada
    register(ada, email)
    yield ada
    sign_in(ada, email)
    # She is no administrator.
    yield from visits(ada, "/admin/users")


def steps_on_the_account_page(ada: Person) -> Iterator[Person]:
    ada.visit("/account")
    ada.fill(ada.section("Profile"), name="x" * 200)
    ada.press("Save")
    yield ada
    form = ada.section("Email")
    ada.fill(form, new_email="nobody@example.com", current_password="a wrong password")
    ada.press("Change the email", form)
    yield ada
    form = ada.section("Password")
    ada.fill(form, current_password=PASSWORD, new_password="too short")
    ada.press("Change the password", form)
    yield ada
    ada.fill(ada.section("API keys"), name="x" * 200)
    ada.press("Create a key")
    yield ada
    form = ada.section("Delete the account")
    ada.fill(form, current_password="a wrong password")
    ada.press("Delete the account", form)
    yield ada


def steps_of_an_administrator(
    root: Person, ada: Person, email: str
) -> Iterator[Person]:
    root.visit(f"/admin/users?email={email}")
    root.page.get_by_text("Change", exact=True).click()
    yield root
    root.page.get_by_label("admin", exact=True).check()
    root.press("Save the scopes")
    # Her own account, which is not confirmed, and that of somebody above her.
    yield from visits(ada, "/admin/users")
    change = root.page.get_by_text("Change", exact=True)
    change.click()
    root.press("Disable the account")
    yield root
    change.click()
    root.press("Enable the account")
    sign_in(ada, email)
    ada.visit("/account")
    form = ada.section("Delete the account")
    ada.fill(form, current_password=PASSWORD)
    ada.press("Delete the account", form)
    yield ada
    # The page still shows who is gone.
    change.click()
    root.press("Disable the account")
    yield root
