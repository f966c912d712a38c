"""Run migrations: for `alembic` and `make migration`, and for `python -m app migrate`."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from app.store.database import open_database
from app.store.models import Base, Scopes, UtcDateTime
from app.store.schema import migration


def render_type(kind: str, item: object, _: object) -> str | bool:
    """Write our own types as what they are in the database: migrations outlive the code."""
    if kind == "type" and isinstance(item, (UtcDateTime, Scopes)):
        return f"sa.{item.impl!r}"
    return False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=render_type,
        # SQLite cannot alter most things: Alembic copies the table instead.
        render_as_batch=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect_and_run() -> None:
    async with open_database(), migration() as connection:
        await connection.run_sync(run)


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    asyncio.run(connect_and_run())
