"""A browser without scripts: it reads pages, fills in their forms and sends them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

from httpx2 import AsyncClient, Response

HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
WITHOUT_CONTENT = {"input", "link", "meta"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")


@dataclass
class Form:
    """A form of a page, with what is in its fields."""

    element: Element
    inputs: list[Element] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.fields().get("form", "")

    def fields(self) -> dict[str, str]:
        """Return what a browser would send, was nothing typed in."""
        return {
            each["name"]: each["value"]
            for each in self.inputs
            if each["type"] != "checkbox" or "checked" in each.attributes
        }

    def ticked(self) -> list[str]:
        return [each["value"] for each in self.inputs if "checked" in each.attributes]


class Page(HTMLParser):
    """A page as a browser shows it."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response
        self.elements: list[Element] = []
        self.forms: list[Form] = []
        self.open: list[Element] = []
        self.feed(response.text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag == "form":
            self.forms.append(Form(element))
        if tag in ("input", "select"):
            self.forms[-1].inputs.append(element)
        if tag == "option" and "selected" in element.attributes:
            self.forms[-1].inputs[-1].attributes["value"] = element["value"]
        if tag not in WITHOUT_CONTENT:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data

    @property
    def path(self) -> str:
        return self.response.url.raw_path.decode()

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def title(self) -> str:
        return next(self.all("title")).text

    @property
    def text(self) -> str:
        return " ".join(next(self.all("main")).text.split())

    def all(self, *tags: str) -> Iterator[Element]:
        return (element for element in self.elements if element.tag in tags)

    def by_id(self, id_: str) -> Element:
        (element,) = [element for element in self.elements if element["id"] == id_]
        return element

    def links(self) -> list[str]:
        return [link["href"] for link in self.all("a")]

    def form(self, kind: str = "", **having: str) -> Form:
        """Return the first form of a kind, in which some fields are as given."""
        return next(
            form
            for form in self.forms
            if form.kind == kind and having.items() <= form.fields().items()
        )

    def kinds(self) -> list[str]:
        return [form.kind for form in self.forms]

    def mistakes(self) -> dict[str, str]:
        """Return what is said of each field that does not fit, as a screen reader does."""
        return {
            each["name"]: self.by_id(each["aria-describedby"].split()[-1]).text
            for each in self.all("input")
            if "aria-invalid" in each.attributes
        }

    def focused(self) -> Element:
        (element,) = [each for each in self.elements if "autofocus" in each.attributes]
        return element


@dataclass
class Browser:
    """One person's browser, which shows one page at a time."""

    client: AsyncClient

    async def visit(self, path: str) -> Page:
        return Page(
            await self.client.get(path, headers={"Accept": HTML}, follow_redirects=True)
        )

    async def send(self, page: Page, kind: str = "", /, **typed: str) -> Page:
        """Fill in the first form of a kind, send it, and follow where that leads."""
        return await self.send_form(page, page.form(kind), **typed)

    async def send_form(self, page: Page, form: Form, **typed: str) -> Page:
        assert form.fields().keys() | boxes(form) >= typed.keys()
        return await self.post(page.path, form.fields() | typed)

    async def post(self, path: str, fields: Mapping[str, str | list[str]]) -> Page:
        headers = {"Accept": HTML, "Sec-Fetch-Site": "same-origin"}
        return Page(
            await self.client.post(
                path, data=fields, headers=headers, follow_redirects=True
            )
        )


def boxes(form: Form) -> set[str]:
    return {each["name"] for each in form.inputs}
