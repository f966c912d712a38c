"""Mails: what they say, and that nothing in their way holds a request up."""

import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import quote

import pytest
import trustme
from httpx2 import AsyncClient, Response

from app import mail
from app.clock import now
from app.later import finish
from app.mail import delivery
from app.mail.settings import MailSettings, mail_settings
from app.settings import settings
from tests.links import ask_to_reset
from tests.mailbox import (
    SECRET,
    USER,
    Mailbox,
    RefusesMails,
    RefusesRecipients,
    authenticate,
    mail_server,
    silent_server,
)
from tests.people import (
    ADA,
    BOB,
    OTHER_PASSWORD,
    PASSWORD,
    change_password,
    register,
)

TOKEN = "s3cr3t-T0ken_of-43-characters-xxxxxxxxxxxxx"
WITH_TOKEN: dict[Callable[[str, str], None], str] = {
    mail.verify_email: "/verify-email",
    mail.reset_password: "/reset-password",
    mail.confirm_email_change: "/confirm-email",
}
NOTICES: list[Callable[[str], None]] = [
    mail.email_change_requested,
    mail.email_changed,
    mail.password_changed,
    mail.address_in_use,
]
CREDENTIALS = f"{quote(USER)}:{quote(SECRET, safe='')}@"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A function that sets `MAIL_URL`."""

    def use(url: str) -> None:
        monkeypatch.setattr(mail_settings, "mail_url", url)
        monkeypatch.setattr(mail_settings, "mail_from", "Us <us@example.org>")

    return use


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """What a server needs for TLS whose authority this machine trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return tls_of(authority)


def tls_of(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    return context


Use = Callable[[str], None]


@pytest.mark.parametrize(("write", "path"), WITH_TOKEN.items())
async def test_a_link_with_a_token_starts_with_the_public_url(
    mailbox: Mailbox, use: Use, write: Callable[[str, str], None], path: str
) -> None:
    link = f"{settings.public_url}{path}?token={TOKEN}"

    async with mail_server(mailbox) as port:
        use(f"smtp://127.0.0.1:{port}")
        write(ADA, TOKEN)
        await finish(60)

    assert link in mailbox.text().splitlines()
    assert f'href="{link}"' in mailbox.html()
    assert f"\r\n{link}\r\n".encode() in mailbox.raw[0]


@pytest.mark.parametrize("write", NOTICES)
async def test_a_notice_has_no_token(
    mailbox: Mailbox, use: Use, write: Callable[[str], None]
) -> None:
    async with mail_server(mailbox) as port:
        use(f"smtp://127.0.0.1:{port}")
        write(ADA)
        await finish(60)

    home = f"{settings.public_url}/"
    assert mailbox.text().splitlines()[-2:] == [settings.service_name, home]
    assert b"token" not in mailbox.raw[0]


async def test_a_mail_says_who_it_is_from_and_that_nobody_wrote_it(
    mailbox: Mailbox, use: Use
) -> None:
    async with mail_server(mailbox) as port:
        use(f"smtp://127.0.0.1:{port}")
        mail.password_changed(ADA)
        await finish(60)

    (sent,) = mailbox.mails
    assert (sent["From"], sent["To"]) == ("Us <us@example.org>", ADA)
    assert sent["Subject"] == f"Your password for {settings.service_name} has changed"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert re.fullmatch(r"<[\w.]+@example\.org>", sent["Message-ID"])
    assert abs((parsedate_to_datetime(sent["Date"]) - now()).total_seconds()) < 5
    assert mailbox.recipients == [ADA]


async def test_html_in_the_services_name_is_text(
    mailbox: Mailbox, use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "service_name", "<b>Ünsere & eure</b>")

    async with mail_server(mailbox) as port:
        use(f"smtp://127.0.0.1:{port}")
        mail.password_changed(ADA)
        await finish(60)

    assert "&lt;b&gt;Ünsere &amp; eure&lt;/b&gt;" in mailbox.html()
    assert "<b>Ünsere & eure</b>" in mailbox.text()
    assert "<b>Ünsere & eure</b>" in mailbox.mails[0]["Subject"]


async def test_a_domain_of_any_script_is_reached(mailbox: Mailbox, use: Use) -> None:
    async with mail_server(mailbox) as port:
        use(f"smtp://127.0.0.1:{port}")
        mail.password_changed("ada@bücher.example")
        await finish(60)

    assert mailbox.recipients == ["ada@xn--bcher-kva.example"]


async def test_an_address_of_any_script_is_reached(mailbox: Mailbox, use: Use) -> None:
    async with mail_server(mailbox, enable_SMTPUTF8=True) as port:
        use(f"smtp://127.0.0.1:{port}")
        mail.password_changed("jörg@bücher.example")
        await finish(60)

    assert mailbox.recipients == ["jörg@xn--bcher-kva.example"]
    assert "jörg@xn--bcher-kva.example" in mailbox.raw[0].decode()


async def test_a_server_that_knows_ascii_alone_is_named_as_the_reason(
    mailbox: Mailbox, use: Use, caplog: pytest.LogCaptureFixture
) -> None:
    async with mail_server(mailbox) as port:
        use(f"smtp://127.0.0.1:{port}")
        mail.password_changed("jörg@bücher.example")
        await finish(60)

    assert caplog.messages == ["Failed (SMTPNotSupported): mail password_changed"]


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com\nRCPT TO:<eve@example.com>",
        "ada@example.com, eve@example.com",
        "Ada <ada@example.com>",
    ],
)
async def test_what_is_no_address_gets_no_mail(
    mailbox: Mailbox, use: Use, address: str
) -> None:
    async with mail_server(mailbox) as port:
        use(f"smtp://127.0.0.1:{port}")
        mail.password_changed(address)
        await finish(60)

    assert not mailbox.raw


async def test_a_password_with_signs_opens_the_server(
    mailbox: Mailbox, use: Use, certificate: ssl.SSLContext
) -> None:
    async with mail_server(
        mailbox,
        tls_context=certificate,
        auth_required=True,
        authenticator=authenticate,
    ) as port:
        use(f"smtp://{CREDENTIALS}localhost:{port}")
        mail.password_changed(ADA)
        await finish(60)

    assert mailbox.recipients == [ADA]


async def test_starttls_is_taken_where_it_is_offered(
    mailbox: Mailbox, use: Use, certificate: ssl.SSLContext
) -> None:
    async with mail_server(
        mailbox, tls_context=certificate, require_starttls=True
    ) as port:
        use(f"smtp://localhost:{port}")
        mail.password_changed(ADA)
        await finish(60)

    assert mailbox.recipients == [ADA]


async def test_smtps_speaks_tls_from_the_start(
    mailbox: Mailbox, use: Use, certificate: ssl.SSLContext
) -> None:
    async with mail_server(mailbox, certificate) as port:
        use(f"smtps://localhost:{port}")
        mail.password_changed(ADA)
        await finish(60)

    assert mailbox.recipients == [ADA]


async def test_a_server_that_nobody_vouches_for_gets_no_mail(
    mailbox: Mailbox, use: Use, caplog: pytest.LogCaptureFixture
) -> None:
    async with mail_server(mailbox, tls_of(trustme.CA())) as port:
        use(f"smtps://localhost:{port}")
        mail.password_changed(ADA)
        await finish(60)

    assert not mailbox.raw
    assert_logged_without_secrets(caplog, "password_changed")


@pytest.mark.parametrize("server", [RefusesRecipients(), RefusesMails()])
async def test_a_mail_that_is_refused_is_logged_without_its_token(
    server: Mailbox, use: Use, caplog: pytest.LogCaptureFixture
) -> None:
    async with mail_server(server) as port:
        use(f"smtp://127.0.0.1:{port}")
        mail.reset_password(ADA, TOKEN)
        await finish(60)

    assert_logged_without_secrets(caplog, "reset_password")


@asynccontextmanager
async def absent_server() -> AsyncIterator[int]:
    """Give the port of a server that has gone."""
    async with silent_server() as port:
        pass
    yield port


SERVERS: dict[str, Callable[[], AbstractAsyncContextManager[int]]] = {
    "refuses": lambda: mail_server(RefusesMails()),
    "is not there": absent_server,
}
MAILING: dict[str, tuple[Callable[[AsyncClient], Awaitable[Response]], int]] = {
    "verify_email": (lambda ada: register(ada, BOB), 201),
    "reset_password": (ask_to_reset, 202),
    "password_changed": (
        lambda ada: change_password(ada, PASSWORD, OTHER_PASSWORD),
        204,
    ),
}


@pytest.mark.parametrize("server", SERVERS.values(), ids=SERVERS)
@pytest.mark.parametrize("kind", MAILING)
async def test_no_mail_server_makes_a_request_fail(
    ada: AsyncClient,
    use: Use,
    caplog: pytest.LogCaptureFixture,
    server: Callable[[], AbstractAsyncContextManager[int]],
    kind: str,
) -> None:
    act, status = MAILING[kind]

    async with server() as port:
        use(f"smtp://127.0.0.1:{port}")
        answer = await act(ada)
        await finish(60)

    assert answer.status_code == status
    assert [it.endswith(f": mail {kind}") for it in failures_in(caplog)] == [True]
    assert "mt_" not in caplog.text


@pytest.mark.parametrize("kind", MAILING)
async def test_a_mail_server_that_hangs_holds_no_request_up(
    ada: AsyncClient,
    use: Use,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    monkeypatch.setattr(delivery, "TIMEOUT_SECONDS", 2)
    act, status = MAILING[kind]

    async with silent_server() as port:
        use(f"smtp://127.0.0.1:{port}")
        answer = await act(ada)
        failed_by_then = failures_in(caplog)
        await finish(60)

    assert (answer.status_code, failed_by_then) == (status, [])
    assert [it.endswith(f": mail {kind}") for it in failures_in(caplog)] == [True]


def failures_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each for each in caplog.messages if each.startswith("Failed (")]


async def test_a_server_that_is_not_there_is_logged(
    use: Use, caplog: pytest.LogCaptureFixture
) -> None:
    async with absent_server() as port:
        use(f"smtp://{CREDENTIALS}127.0.0.1:{port}")
        mail.reset_password(ADA, TOKEN)
        await finish(60)

    assert_logged_without_secrets(caplog, "reset_password")


def assert_logged_without_secrets(caplog: pytest.LogCaptureFixture, kind: str) -> None:
    (message,) = caplog.messages
    assert message.startswith("Failed (")
    assert message.endswith(f": mail {kind}")
    assert not [each for each in (TOKEN, ADA, SECRET) if each in caplog.text]


async def test_the_console_shows_the_text_with_the_link_in_one_piece(
    use: Use, caplog: pytest.LogCaptureFixture
) -> None:
    use("console:")
    caplog.set_level("INFO")

    mail.verify_email(ADA, TOKEN)
    await finish(60)

    assert caplog.messages[0] == f"To: {ADA}"
    assert f"{settings.public_url}/verify-email?token={TOKEN}" in caplog.messages


@pytest.mark.parametrize(
    ("environment", "url", "warnings"),
    [
        ("production", "console:", 1),
        ("production", "smtp://mail.example.com", 0),
        ("development", "console:", 0),
    ],
)
async def test_only_production_warns_of_mails_that_go_to_nobody(
    use: Use,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    environment: str,
    url: str,
    warnings: int,
) -> None:
    monkeypatch.setattr(settings, "environment", environment)
    use(url)

    mail.warn_if_nothing_is_sent()

    assert len(caplog.messages) == warnings


@pytest.mark.parametrize(
    ("environment", "url", "starttls", "validates"),
    [
        ("production", "smtp://mail.example.com", True, True),
        ("production", "smtp://mail.example.com?starttls=optional", None, False),
        ("production", "smtp://127.0.0.1:25", None, False),
        ("production", "smtps://mail.example.com", False, True),
        ("development", "smtp://mail.example.com", None, False),
        ("development", "smtps://mail.example.com", False, True),
    ],
)
async def test_production_sends_nothing_in_plain_text_by_accident(
    monkeypatch: pytest.MonkeyPatch,
    environment: str,
    url: str,
    starttls: bool | None,
    validates: bool,
) -> None:
    monkeypatch.setattr(settings, "environment", environment)

    server = MailSettings(mail_url=url, mail_from="us@example.org").server

    assert (server["start_tls"], server["validate_certs"]) == (starttls, validates)


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("smtp://mail.example.com", 587),
        ("smtps://mail.example.com", 465),
        ("smtp://mail.example.com:2525", 2525),
    ],
)
async def test_a_port_is_known_or_given(url: str, port: int) -> None:
    server = MailSettings(mail_url=url, mail_from="us@example.org").server

    assert server["port"] == port


@pytest.mark.parametrize(
    "url",
    [
        "console",
        "http://mail.example.com",
        "smtp://",
        "smtp://host:port",
        "smtp://[::",
        "smtp://mail.example.com?starttls=never",
        "smtp://mail.example.com/inbox",
        "smtp://mail.example.com#587",
    ],
)
async def test_a_mail_url_that_leads_nowhere_is_named(url: str) -> None:
    with pytest.raises(ValueError, match=r"mail_url\n.*use console: or smtp://"):
        MailSettings(mail_url=url)


@pytest.mark.parametrize(
    "sender", ["us", "us@example.org\nBcc: eve@example.com", "<>", "ünï@x.org"]
)
async def test_a_sender_that_is_no_address_is_named(sender: str) -> None:
    with pytest.raises(ValueError, match="mail_from"):
        MailSettings(mail_from=sender)


@pytest.mark.parametrize(
    ("public_url", "sender"),
    [
        ("https://example.com", "no-reply@example.com"),
        ("http://localhost:8000", "no-reply@localhost"),
    ],
)
async def test_the_sender_is_at_the_public_host(
    monkeypatch: pytest.MonkeyPatch, public_url: str, sender: str
) -> None:
    monkeypatch.setattr(settings, "public_url", public_url)

    found = MailSettings(mail_from="").sender

    assert (found.display_name, found.addr_spec) == (settings.service_name, sender)


@pytest.mark.parametrize(
    "public_url",
    ["http://localhost:8000", "https://192.0.2.1", "https://[2001:db8::192.0.2.1]"],
)
async def test_a_server_needs_a_sender_that_can_be_answered(
    monkeypatch: pytest.MonkeyPatch, public_url: str
) -> None:
    monkeypatch.setattr(settings, "public_url", public_url)

    with pytest.raises(ValueError, match="MAIL_FROM is needed"):
        MailSettings(mail_url="smtp://mail.example.com")
