"""What an installation may set, read from the environment or `.env`."""

import re
import tomllib
import unicodedata
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar
from urllib.parse import parse_qsl, urlsplit

from pydantic import (
    BeforeValidator,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from app.scopes import BUILT_IN, is_scope

SettingsType = TypeVar("SettingsType", bound=BaseSettings)

ABOUT = tomllib.loads((Path(__file__).parent / "about.toml").read_text("utf-8"))

FROM_ENVIRONMENT = SettingsConfigDict(
    env_file=".env",
    env_file_encoding="utf-8",
    env_ignore_empty=True,
    extra="ignore",
    hide_input_in_errors=True,
)

# How PostgreSQL is to be spoken to, as all of its clients name it.
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

# The paths of a SQLite that is gone when the process ends.
SOON_GONE = ("", "/", "/:memory:")

# Control characters, lone surrogates, and what ends a line or a paragraph.
CONTROL = {"Cc", "Cs", "Zl", "Zp"}

# Of all scopes together: a user may have them all, and a credential name them.
MOST_OF_SCOPES = 1000

# The pool makes room for all of them at its start.
MOST_CONNECTIONS = 1000

# A century. Add more to today, and it soon is no date any more.
MOST_DAYS = 36_500
# As good as no limit, and a number to every database.
MOST_OF_ANYTHING = 1_000_000_000

# In `TRUSTED_PROXIES`: whoever calls over a socket of this machine, without an address.
UNIX_SOCKET = "unix"

# In `CORS_ORIGINS`: the pages of every site.
ANY_ORIGIN = "*"
# As browsers send it: no path, in small letters (RFC 6454 §6.2).
ORIGIN = re.compile(r"https?://[a-z0-9.\-:\[\]]+")


def split_by_comma(text: object) -> object:
    return text.replace(",", " ").split() if isinstance(text, str) else text


Days = Annotated[int, Field(ge=1, le=MOST_DAYS)]
Minutes = Annotated[int, Field(ge=1, le=MOST_DAYS * 24 * 60)]
Limit = Annotated[int, Field(ge=1, le=MOST_OF_ANYTHING)]
CommaSeparated = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_by_comma)]


def is_database(url: str) -> bool:
    """Whether an address is of one of the two forms that `DATABASE_URL` may have."""
    # Not as `urlsplit` reads it: ORMs differ in what they make of other spellings.
    if not url.startswith(("sqlite://", "postgresql://")):
        return False
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        # A port that is no number.
        _ = parts.port
    except ValueError:
        return False
    if "%" in parts.path:
        # One ORM decodes it, the other takes it for a part of the name.
        return False
    if parts.scheme == "sqlite":
        return not (parts.netloc or parts.query or parts.fragment)
    has_name = len(parts.path) > 1
    mode = options.pop("sslmode", SSL_MODES[0])
    return has_name and mode in SSL_MODES and not options and not parts.fragment


class Settings(BaseSettings):
    model_config = FROM_ENVIRONMENT

    service_name: str = ABOUT["name"]
    environment: Literal["development", "production"] = "development"
    database_url: str = "sqlite:///./app.db"
    database_pool_size: int = Field(10, ge=1, le=MOST_CONNECTIONS)
    public_url: str = "http://localhost:8000"
    docs: bool | None = None
    metrics_enabled: bool = False
    scopes: CommaSeparated = ()
    password_min_length: int = Field(15, ge=8, le=256)
    login_idle_minutes: Minutes = 720
    login_max_days: Days = 30
    max_logins_per_user: Limit = 100
    max_api_keys_per_user: Limit = 100
    require_verified_email: bool = False
    hide_registered_emails: bool = False
    event_days: Days = 365
    throttle_storage: str = "memory://"
    throttle_minutes: Minutes = 15
    throttle_per_account_and_address: Limit = 5
    throttle_per_account: Limit = 50
    throttle_per_address: Limit = 20
    trusted_proxies: CommaSeparated = ()
    cors_origins: CommaSeparated = ()

    @property
    def in_production(self) -> bool:
        return self.environment == "production"

    @property
    def root_path(self) -> str:
        """Return what the paths of the service begin with for those who call it."""
        return urlsplit(self.public_url).path

    @property
    def shows_docs(self) -> bool:
        return not self.in_production if self.docs is None else self.docs

    @property
    def all_scopes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*BUILT_IN, *self.scopes)))

    @field_validator("database_url")
    @classmethod
    def _is_a_known_database(cls, url: str) -> str:
        if not is_database(url):
            raise ValueError(
                "use sqlite:///./app.db or postgresql://user:password@host:5432/name, "
                "with ?sslmode=require at most, and %2F for / and so on in the password"
            )
        path = urlsplit(url).path
        if url.startswith("sqlite:") and path not in SOON_GONE:
            folder = Path(path.removeprefix("/")).parent
            if not folder.is_dir():
                raise ValueError(f"there is no folder {folder}")
        return url

    @field_validator("service_name")
    @classmethod
    def _is_one_line(cls, name: str) -> str:
        # It is in the headers of mails.
        if not name.strip() or any(unicodedata.category(it) in CONTROL for it in name):
            raise ValueError("use one line of words, without control characters")
        return name

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            if proxy != UNIX_SOCKET:
                ip_network(proxy)
        return proxies

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if origin != ANY_ORIGIN and not ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is no origin, like https://example.com")
        return origins

    @field_validator("throttle_storage")
    @classmethod
    def _is_a_known_storage(cls, url: str) -> str:
        try:
            if url != "memory://":
                # What the address asks for is looked at when a connection is made.
                ConnectionPool.from_url(url).make_connection()  # type: ignore[no-untyped-call]
                # The library takes what is no number for 0.
                int(urlsplit(url).path.removeprefix("/") or 0)
        except (ValueError, TypeError, RedisError):
            raise ValueError(
                "use memory:// or redis://user:password@host:port/0"
            ) from None
        return url

    @field_validator("public_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and parts.hostname
        # As browsers and mail servers write it.
        is_plain = url.isascii() and url.isprintable()
        # What comes behind it in a link would be a part of the first two.
        if not (is_address and is_plain) or parts.port == 0 or set("?#@% ") & set(url):
            raise ValueError(
                "use the address that people reach, like https://example.com, in ASCII "
                "(xn--… for a name that is not), without ?, #, @, % and spaces"
            )
        return url.rstrip("/")

    @field_validator("scopes")
    @classmethod
    def _are_scopes(cls, scopes: tuple[str, ...]) -> tuple[str, ...]:
        for scope in scopes:
            if not is_scope(scope):
                raise ValueError(f"{scope!r} is not a scope-token of RFC 6749")
        if len(" ".join((*BUILT_IN, *scopes))) > MOST_OF_SCOPES:
            raise ValueError(f"use at most {MOST_OF_SCOPES} characters, all together")
        return scopes

    @model_validator(mode="after")
    def _is_fit_for_production(self) -> Self:
        if self.in_production:
            if not self.public_url.startswith("https://"):
                raise ValueError("PUBLIC_URL must start with https:// in production")
            database = urlsplit(self.database_url)
            if database.scheme == "sqlite" and database.path in SOON_GONE:
                raise ValueError("DATABASE_URL must not be in memory in production")
        return self


def load(kind: type[SettingsType]) -> SettingsType:
    """Read settings; a bad one ends the program with one line that names it."""
    try:
        return kind()
    except ValidationError as error:
        raise SystemExit("; ".join(_complaints(error))) from None
    except UnicodeDecodeError:
        raise SystemExit(f"{FROM_ENVIRONMENT['env_file']}: it is not UTF-8") from None


def _complaints(error: ValidationError) -> list[str]:
    return [
        "".join(
            [
                *(f"{name}: ".upper() for name in each["loc"][:1]),
                each["msg"].removeprefix("Value error, "),
            ]
        )
        for each in error.errors(include_url=False, include_input=False)
    ]


settings = load(Settings)
