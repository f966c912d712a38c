"""A mail as it travels, made from its templates."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid
from pathlib import Path

from email_validator import validate_email
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.clock import now
from app.mail.settings import mail_settings
from app.settings import settings

# A line as long as SMTP allows (RFC 5321 §4.5.3.1.6) stays in one piece and as it is,
# so that a link can be read and clicked in every program.
POLICY = SMTP.clone(max_line_length=998)

templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
)


def compose(kind: str, to: str, link: str) -> EmailMessage:
    """Return the mail of a kind, in plain text and in HTML, with the link in it."""
    subject, text = text_of(kind, link)
    sender = mail_settings.sender
    message = EmailMessage(POLICY)
    message["From"] = sender
    message["To"] = deliverable(to)
    message["Subject"] = subject
    message["Date"] = now()
    # Not of this machine's name, which is nobody's business and takes a look-up.
    message["Message-ID"] = make_msgid(domain=sender.domain)
    # So that nobody's holiday answers it (RFC 3834 §5).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    message.add_alternative(render(f"{kind}.html", link, subject), subtype="html")
    return message


def text_of(kind: str, link: str) -> tuple[str, str]:
    """Return the subject, which is the first line of the template, and the text."""
    subject, _, text = render(f"{kind}.txt", link).partition("\n\n")
    return subject, text


def render(template: str, link: str, subject: str = "") -> str:
    return templates.get_template(template).render(
        service=settings.service_name,
        home=f"{settings.public_url}/",
        link=link,
        subject=subject,
    )


def deliverable(address: str) -> Address:
    """Return the address with its domain in ASCII, as every mail server knows it.

    What is before the @ has no other form: if it is not in ASCII, it takes a server
    that knows SMTPUTF8 (RFC 6531).
    """
    found = validate_email(address, check_deliverability=False, test_environment=True)
    return Address("", found.local_part, found.ascii_domain)
