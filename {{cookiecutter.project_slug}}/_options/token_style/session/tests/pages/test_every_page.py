"""What holds for every page."""

import re
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from httpx2 import AsyncClient

from app.pages import PATHS
from app.pages.assets import url_of
from tests.conftest import add_account
from tests.pages.browser import Browser, Page

ASSETS = {"/style.css", "/icon.svg"}
# For anybody, whether they are signed in or not.
OPEN = [
    "/forgot-password",
    "/reset-password?token=x",
    "/verify-email?token=x",
    "/confirm-email?token=x",
]
PUBLIC = ["/", "/login", "/register", "/nowhere", *OPEN]
PRIVATE = ["/", "/account", "/admin/users", "/nowhere"]
# What password managers know the fields of a form by.
AUTOCOMPLETE = {
    ("/login", "email"): "username",
    ("/login", "password"): "current-password",
    ("/register", "email"): "username",
    ("/register", "name"): "name",
    ("/register", "password"): "new-password",
    ("/forgot-password", "email"): "username",
    ("/reset-password", "username"): "username",
    ("/reset-password", "new_password"): "new-password",
    ("profile", "name"): "name",
    ("email", "username"): "username",
    ("email", "new_email"): "email",
    ("email", "current_password"): "current-password",
    ("password", "username"): "username",
    ("password", "current_password"): "current-password",
    ("password", "new_password"): "new-password",
    ("create-key", "name"): "off",
    ("delete", "username"): "username",
    ("delete", "current_password"): "current-password",
    ("/admin/users", "email"): "off",
}
NAUGHTY = "<script>alert('\"')</script>&amp;"


@pytest.fixture
async def pages(browser: Browser, roots: Browser) -> list[Page]:
    await add_account("ada@example.com")
    return [
        *[await browser.visit(path) for path in PUBLIC],
        *[await roots.visit(path) for path in PRIVATE],
        await browser.send(await browser.visit("/login")),
        await browser.send(await browser.visit("/register")),
        await roots.send(await roots.visit("/account"), "password"),
    ]


def path_of(page: Page) -> str:
    return page.path.partition("?")[0]


async def test_every_page_is_among_them(pages: list[Page]) -> None:
    assert {path_of(page) for page in pages} - {"/nowhere"} == PATHS - ASSETS


async def test_nothing_is_loaded_from_another_host(pages: list[Page]) -> None:
    for page in pages:
        addresses = [e["href"] or e["src"] for e in page.all("link", "img", "a")]
        assert addresses
        assert {urlsplit(address).netloc for address in addresses} == {""}


async def test_a_page_runs_no_script_and_is_in_nobodys_frame(
    pages: list[Page],
) -> None:
    for page in pages:
        policy = page.response.headers["content-security-policy"].split("; ")
        assert {"default-src 'none'", "frame-ancestors 'none'"} <= set(policy)
        assert "unsafe" not in str(policy)
        assert not list(page.all("script", "style", "iframe"))
        assert not [
            name
            for element in page.elements
            for name in element.attributes
            if name.startswith("on") or name == "style"
        ]


async def test_no_page_is_kept_in_a_cache(pages: list[Page]) -> None:
    for page in pages:
        assert page.response.headers["cache-control"] == "no-store"


async def test_a_form_posts_to_its_own_page(pages: list[Page]) -> None:
    for page in pages:
        assert not [f for f in page.forms if "action" in f.element.attributes]
        assert {f.element["method"] for f in page.forms} <= {"post", ""}


async def test_every_field_has_one_label(pages: list[Page]) -> None:
    for page in pages:
        labelled = Counter(label["for"] for label in page.all("label"))
        for form in page.forms:
            for each in form.inputs:
                unseen = each["type"] == "hidden" or "hidden" in each.attributes
                if each["type"] != "checkbox" and not unseen:
                    assert labelled[each["id"]] == 1


async def test_every_id_is_there_once_for_whoever_refers_to_it(
    pages: list[Page],
) -> None:
    for page in pages:
        ids = Counter(e["id"] for e in page.elements if e["id"])
        referred = [
            each
            for e in page.elements
            for name in ("for", "aria-describedby", "aria-labelledby")
            for each in e[name].split()
        ]
        assert set(referred) <= ids.keys()
        assert max(ids.values()) == 1


async def test_a_page_has_one_heading_and_one_title(pages: list[Page]) -> None:
    for page in pages:
        assert len(list(page.all("h1"))) == 1
        assert re.fullmatch(r"(Error: )?[A-Z][\w ]+ - \S.*", page.title)


async def test_a_field_for_an_address_takes_one_that_is_not_in_ascii(
    pages: list[Page],
) -> None:
    fields = [
        field
        for page in pages
        for field in page.all("input")
        if field["name"].endswith("email") and field["type"] != "search"
    ]

    assert {(it["type"], it["inputmode"]) for it in fields} == {("text", "email")}


async def test_password_managers_know_every_field(pages: list[Page]) -> None:
    assert {
        (form.kind or path_of(page), each["name"]): each["autocomplete"]
        for page in pages
        for form in page.forms
        for each in form.inputs
        if each["type"] not in ("hidden", "checkbox") and each.tag == "input"
    } == AUTOCOMPLETE


@pytest.mark.parametrize("path", OPEN)
async def test_nobody_who_is_signed_in_is_asked_to_register(
    adas: Browser, path: str
) -> None:
    assert "/register" not in (await adas.visit(path)).links()


async def test_what_people_are_called_is_text(adas: Browser) -> None:
    page = await adas.send(await adas.visit("/account"), "profile", name=NAUGHTY)
    home = await adas.visit("/")

    assert page.form("profile").fields()["name"] == NAUGHTY
    assert NAUGHTY in home.text
    assert "<script" not in page.response.text + home.response.text


async def test_where_people_sign_in_from_is_text(adas: Browser) -> None:
    adas.client.headers["User-Agent"] = NAUGHTY
    form = {"email": "ada@example.com", "password": "correct horse battery"}
    await adas.client.post("/auth/login", json=form)

    page = await adas.visit("/account")

    assert NAUGHTY in page.text
    assert "<script" not in page.response.text


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("style.css", "text/css; charset=utf-8"), ("icon.svg", "image/svg+xml")],
)
async def test_browsers_may_keep_what_a_page_is_made_of(
    client: AsyncClient, name: str, media_type: str
) -> None:
    answer = await client.get(url_of(name))

    assert answer.headers["content-type"] == media_type
    assert "immutable" in answer.headers["cache-control"]
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/style.css", "/style.css?0000", "/icon.svg?0000"])
async def test_what_an_older_page_asks_for_is_not_kept(
    client: AsyncClient, path: str
) -> None:
    answer = await client.get(path)

    assert answer.status_code == 200
    assert "immutable" not in answer.headers["cache-control"]


async def test_a_new_style_is_shown_without_a_new_start(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = url_of("style.css")
    (tmp_path / "style.css").write_text("body { color: red }", encoding="utf-8")
    (tmp_path / "icon.svg").touch()
    monkeypatch.setattr("app.pages.assets.FOLDER", tmp_path)

    page = await browser.visit("/")
    (shown,) = [it["href"] for it in page.all("link") if it["rel"] == "stylesheet"]

    assert shown != before
    assert (await browser.client.get(shown)).text == "body { color: red }"


async def test_the_pages_are_not_in_the_api_document(client: AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]

    assert paths.keys().isdisjoint(PATHS)
