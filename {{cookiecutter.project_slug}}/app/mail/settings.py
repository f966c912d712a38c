"""How mail is sent, and from whom."""

from email.headerregistry import Address
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from email_validator import EmailNotValidError, validate_email
from pydantic import field_validator, model_validator
from pydantic_settings import BaseSettings

from app.settings import FROM_ENVIRONMENT, load, settings

CONSOLE = "console:"
PORTS = {"smtp": 587, "smtps": 465}
OPTIONAL = "starttls=optional"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class MailSettings(BaseSettings):
    model_config = FROM_ENVIRONMENT

    mail_url: str = CONSOLE
    mail_from: str = ""

    @property
    def to_console(self) -> bool:
        return self.mail_url == CONSOLE

    @property
    def sender(self) -> Address:
        """Return `MAIL_FROM`, or no-reply at the host of `PUBLIC_URL`."""
        if self.mail_from:
            return as_sender(self.mail_from)
        host = urlsplit(settings.public_url).hostname
        return Address(settings.service_name, "no-reply", host or "localhost")

    @property
    def server(self) -> dict[str, Any]:
        """Return the server and how to speak to it, as `aiosmtplib.send` takes it."""
        parts = urlsplit(self.mail_url)
        from_the_start = parts.scheme == "smtps"
        return {
            "hostname": parts.hostname,
            "port": parts.port or PORTS[parts.scheme],
            "username": unquote(parts.username) if parts.username else None,
            "password": unquote(parts.password) if parts.password else None,
            "use_tls": from_the_start,
            "start_tls": False if from_the_start else (self._must_encrypt() or None),
            # Where plain text would do, a certificate of any kind is no worse.
            "validate_certs": from_the_start or self._must_encrypt(),
        }

    def _must_encrypt(self) -> bool:
        """Whether STARTTLS is needed: it is taken where it is offered in any case."""
        parts = urlsplit(self.mail_url)
        optional = parts.query == OPTIONAL
        # Whoever reads the mails on their way can reset every password.
        return (
            settings.in_production and parts.hostname not in LOOPBACK and not optional
        )

    @field_validator("mail_url")
    @classmethod
    def _is_a_way_to_send(cls, url: str) -> str:
        if url != CONSOLE and not is_server(url):
            raise ValueError(
                "use console: or smtp://user:password@host:587 or "
                "smtps://user:password@host:465, with %25 for % and so on in the "
                "password, and ?starttls=optional at most"
            )
        return url

    @field_validator("mail_from")
    @classmethod
    def _is_an_address(cls, text: str) -> str:
        if text:
            as_sender(text)
        return text

    @model_validator(mode="after")
    def _has_a_sender(self) -> Self:
        if not (self.to_console or self.mail_from or has_mail(self.sender.domain)):
            raise ValueError(
                "MAIL_FROM is needed, since PUBLIC_URL names no mail domain"
            )
        return self


def has_mail(host: str) -> bool:
    """Whether a host is in a domain: neither localhost nor a number (RFC 5321 §4.1.3)."""
    return "." in host and not host.rpartition(".")[2].isdecimal()


def is_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        names_one = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    names_no_more = parts.path in ("", "/") and not parts.fragment
    options_are_known = parts.query in ("", OPTIONAL)
    return parts.scheme in PORTS and names_one and names_no_more and options_are_known


def as_sender(text: str) -> Address:
    """Return an address such as `Ada <ada@example.com>`, or raise `ValueError`."""
    try:
        found = validate_email(
            text,
            allow_display_name=True,
            allow_smtputf8=False,
            check_deliverability=False,
            globally_deliverable=False,
        )
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    return Address(found.display_name or "", found.local_part, found.ascii_domain)


mail_settings = load(MailSettings)
