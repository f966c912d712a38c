"""Many logins in a project's table, whichever ORM made it: copies of one that is there."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg

COPY = """
    INSERT INTO logins
    SELECT copy.* FROM (SELECT logins AS one FROM logins LIMIT 1) AS first,
        generate_series(1, $1::int) AS n,
        -- With n, or it would be worked out once for all of them.
        LATERAL jsonb_populate_record(
            one, jsonb_build_object('n', n, 'id', gen_random_uuid())
        ) AS copy
"""


def fill(database_url: str, count: int) -> None:
    """Copy a login until the table has so many."""
    if database_url.startswith("sqlite"):
        fill_sqlite(Path(database_url.removeprefix("sqlite:///")), count)
    else:
        asyncio.run(fill_postgresql(database_url, count))


async def fill_postgresql(url: str, count: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        there = await connection.fetchval("SELECT count(*) FROM logins")
        await connection.execute(COPY, count - there)
        await connection.execute("VACUUM ANALYZE logins")
    finally:
        await connection.close()


def fill_sqlite(file: Path, count: int) -> None:
    with closing(sqlite3.connect(file, timeout=60)) as database, database:
        database.row_factory = sqlite3.Row
        (there,) = database.execute("SELECT count(*) FROM logins").fetchone()
        one = dict(database.execute("SELECT * FROM logins LIMIT 1").fetchone())
        # One ORM writes ids with hyphens, the other without.
        write = str if "-" in one["id"] else plain
        copies = ({**one, "id": write(uuid4())} for _ in range(count - there))
        places = ", ".join(f":{name}" for name in one)
        database.executemany(
            f"INSERT INTO logins ({', '.join(one)}) VALUES ({places})",  # noqa: S608
            copies,
        )


def plain(number: UUID) -> str:
    return number.hex
