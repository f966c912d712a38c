"""The command line: `python -m app --help`."""

import asyncio
import io
import sys
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import typer
from pydantic import TypeAdapter, ValidationError

from app.errors import NOT_CURRENT, Problem, Unavailable
from app.setup.commands import add_commands

# What needs the settings is imported by the command that needs it: a bad setting
# must not stop `make-env`, which mends it.

Result = TypeVar("Result")
Value = TypeVar("Value")

cli = typer.Typer(
    help="Look after the service.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
add_commands(cli)

EmailArgument = Annotated[str, typer.Argument(metavar="EMAIL")]
ScopesArgument = Annotated[list[str], typer.Argument(metavar="SCOPE...")]


@cli.command()
def migrate() -> None:
    """Bring the database's schema up to date."""
    from app.store import schema

    run(schema.migrate(), migrated=False)


@cli.command("create-user")
def create_user(
    email: EmailArgument,
    name: Annotated[str | None, typer.Option(help="What people call them.")] = None,
    scope: Annotated[list[str], typer.Option(help="What they may do.")] = [],  # noqa: B006  # Typer's way to say none
) -> None:
    """Add an account. The password is asked for, or read from standard input."""
    from app.schemas import Email, Name, Password
    from app.services import operators

    address = valid(Email, email)
    full_name = valid(Name | None, name)
    password = valid(Password, ask_password())
    run(operators.create_user(address, password, full_name, scope))


@cli.command()
def grant(email: EmailArgument, scopes: ScopesArgument) -> None:
    """Let a user do more."""
    from app.schemas import Email
    from app.services import operators

    run(operators.grant(valid(Email, email), scopes))


@cli.command()
def revoke(email: EmailArgument, scopes: ScopesArgument) -> None:
    """Let a user do less, from the next request on."""
    from app.schemas import Email
    from app.services import operators

    run(operators.revoke(valid(Email, email), scopes))


@cli.command("end-logins")
def end_logins(email: EmailArgument) -> None:
    """Sign a user out everywhere."""
    from app.schemas import Email
    from app.services import operators

    run(operators.end_logins(valid(Email, email)))


@cli.command()
def purge() -> None:
    """Remove from the database what has expired."""
    from app.services import operators

    for what, count in run(operators.purge()).items():
        typer.echo(f"{count} {what} removed.")


@cli.command("check-settings")
def check_settings() -> None:
    """Read every setting, as the start of the service would."""
    from app import main  # noqa: F401  # reads them all

    typer.echo("The settings are good.")


def ask_password() -> str:
    # There is none where whoever starts the command has closed it.
    stdin = sys.stdin or io.StringIO()
    if stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    try:
        return stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise typer.TyperException(f"The password is not {error.encoding}.") from None


def valid(kind: Any, value: Value) -> Value:
    """Return what the value is stored as, or end with what is wrong with it."""
    try:
        return TypeAdapter[Value](kind).validate_python(value)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise typer.TyperException(reason) from None


def run(act: Coroutine[Any, Any, Result], *, migrated: bool = True) -> Result:
    """Do it with the database open, which has to be migrated for all but migrating."""
    from app import log
    from app.drivers import why_not
    from app.store.database import open_database
    from app.store.schema import is_current

    # What is written down for others to read is in the log as well.
    log.install()

    async def with_database() -> Result:
        async with open_database():
            if migrated and not await is_current():
                raise Unavailable(NOT_CURRENT)
            return await act

    try:
        return asyncio.run(with_database())
    except Problem:
        # It may have come of what the driver said, which is not what is to be told.
        raise
    except Exception as error:
        if reason := why_not(error):
            raise Unavailable(reason) from None
        raise
    finally:
        # Python complains of what was never begun.
        act.close()


def main() -> None:
    """Run a command; what goes wrong is one line, and the exit code 1."""
    try:
        # Alone, it tells what there is to do. What is interrupted returns a code.
        if cli(sys.argv[1:] or ["--help"], standalone_mode=False):
            raise typer.Abort
    except Problem as problem:
        sys.exit(problem.detail)
    except typer.TyperException as error:
        sys.exit(error.format_message())
    except FileExistsError as error:
        sys.exit(f"{error.filename} is there already: it stays as it is.")
    except OSError as error:
        reason = error.strerror or str(error)
        sys.exit(f"{error.filename}: {reason}." if error.filename else f"{reason}.")
    except typer.Abort:
        sys.exit("Stopped.")


if __name__ == "__main__":
    main()
