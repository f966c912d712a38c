"""Pages made from templates, and redirects to them."""

from pathlib import Path
from typing import Any

from fastapi import Request, status
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.pages.assets import url_of
from app.pages.forms import Form
from app.pages.notices import Notice, cookie, delete_notice, notice_of, set_notice
from app.settings import settings

# Nothing from another host, no script at all, and in nobody's frame (ASVS 3.4.3, 3.4.6).
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
}


templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    # Whatever people typed is text, whichever template shows it.
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.globals.update(
    service=settings.service_name,
    root=settings.root_path,
    url_of=url_of,
    password_hint=f"At least {settings.password_min_length} characters. "
    "A few words that only you would put together are good.",
)


def render(template: str, **content: Any) -> str:
    return templates.get_template(template).render(**content)


def page(
    request: Request, template: str, form: Form | None = None, **content: Any
) -> Response:
    """Return the page, which has the status and the mistakes of the form that was sent."""
    form = form or Form()
    html = render(template, form=form, notice=notice_of(request), **content)
    response = HTMLResponse(html, form.status, {**HEADERS, **form.headers})
    if cookie.name in request.cookies:
        response.headers.append("Set-Cookie", delete_notice())
    return response


def go(path: str, notice: Notice | None = None) -> Response:
    """Send the browser on, with a GET: a 307 would post the password again."""
    response = RedirectResponse(settings.root_path + path, status.HTTP_303_SEE_OTHER)
    if notice:
        response.headers.append("Set-Cookie", set_notice(notice))
    return response
