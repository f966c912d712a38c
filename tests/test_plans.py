"""Indexes: how PostgreSQL finds what a service asks for that has a million logins."""

import asyncio
import json
import re
import sys
from pathlib import Path

import pytest
from conftest import Bake
from postgres import Server
from shell import run
from template import COMBINATIONS, name_of

SCRIPT = Path(__file__).parent / "plans.py"
EACH_ORM = {it["orm"]: it for it in reversed(COMBINATIONS)}.values()

TABLES = ("users", "logins", "api_keys", "mail_tokens", "events")
READ_AS_A_WHOLE = re.compile(rf"Seq Scan on ({'|'.join(TABLES)})\b")
# Whether a super user is left is asked when somebody goes; there is no index for it.
WHO_IS_SUPER = re.compile(r"scopes ~~ '%super%'")

TELL_PLANS = """
DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET session_preload_libraries = auto_explain', current_database());
    EXECUTE format('ALTER DATABASE %I SET auto_explain.log_min_duration = 0', current_database());
    EXECUTE format('ALTER DATABASE %I SET auto_explain.log_nested_statements = on', current_database());
    EXECUTE format('ALTER DATABASE %I SET client_min_messages = log', current_database());
END $$;
"""
# A user in ten thousand is an administrator; what has ended is one in fifty.
FILL = [
    "SET session_replication_role = replica",  # without checking what points to what
    """
    INSERT INTO users (id, email, password_hash, is_active, is_verified, scopes,
        created_at, updated_at)
    SELECT lpad(n::text, 32, '0')::uuid, n || '@example.com', 'a hash', true, true,
        CASE WHEN n % 10000 = 0 THEN 'admin authenticated super' ELSE 'authenticated' END,
        now() - n * interval '1 minute', now()
    FROM generate_series(1, 100000) AS n
    """,
    """
    INSERT INTO logins (id, user_id, secret_hash, scopes, remembered, created_at,
        last_seen_at, expires_at)
    SELECT lpad(n::text, 32, '0')::uuid, lpad((n % 100000 + 1)::text, 32, '0')::uuid, 'a hash',
        'authenticated', false, now(), now(), now() + (n % 50) * interval '1 hour'
    FROM generate_series(1, 1000000) AS n
    """,
    """
    INSERT INTO api_keys (id, user_id, name, prefix, secret_hash, scopes, created_at,
        expires_at)
    SELECT lpad(n::text, 32, '0')::uuid, lpad(n::text, 32, '0')::uuid, 'a key', 'ak_', 'a hash', '',
        now(), now() + (n % 50) * interval '1 hour'
    FROM generate_series(1, 100000) AS n
    """,
    """
    INSERT INTO mail_tokens (id, user_id, purpose, email, secret_hash, expires_at)
    SELECT lpad(n::text, 32, '0')::uuid, lpad(n::text, 32, '0')::uuid, 'verify', '', 'a hash',
        now() + (n % 50) * interval '1 hour'
    FROM generate_series(1, 100000) AS n
    """,
    """
    INSERT INTO events (id, user_id, kind, at, detail)
    SELECT lpad(n::text, 32, '0')::uuid, lpad((n % 100000 + 1)::text, 32, '0')::uuid, 'signed_in',
        now() - n * interval '3 minutes', '{}'
    FROM generate_series(1, 200000) AS n
    """,
    "ANALYZE",
]


@pytest.mark.parametrize("answers", EACH_ORM, ids=name_of)
def test_no_table_is_read_as_a_whole(
    answers: dict[str, str], bake: Bake, postgres: Server
) -> None:
    project = bake(answers)
    with postgres.new_database() as url:
        environment = {
            "DATABASE_URL": url,
            "PASSWORD_HASH_ROUNDS": "4",
            "PYTHONPATH": str(project),
        }
        run(project, sys.executable, "-m", "app", "make-env")
        run(project, sys.executable, "-m", "app", "migrate", **environment)
        asyncio.run(Server(url).execute(";\n".join(FILL)))
        asyncio.run(Server(url).execute(TELL_PLANS))
        run(project, sys.executable, str(SCRIPT), "plans.json", **environment)
    plans = json.loads((project / "plans.json").read_text(encoding="utf-8"))

    assert len(plans) > 100
    scans = [plan for plan in plans if READ_AS_A_WHOLE.search(plan)]
    unforeseen = [plan for plan in scans if not WHO_IS_SUPER.search(plan)]
    assert unforeseen == [], "\n".join(unforeseen)
