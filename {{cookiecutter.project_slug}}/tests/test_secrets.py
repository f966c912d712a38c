"""No secret is kept, logged or told again; and none can be guessed."""

import ast
import logging
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx2 import AsyncClient, Request, Response

import app
from tests import database
from tests.access.signing_in import credential, sign_in
from tests.conftest import BASE_URL, NewClient
from tests.keys import program_of
from tests.links import (
    CONFIRM,
    RESET,
    VERIFY,
    ask_to_reset,
    confirm,
    reset,
    token,
    verify,
)
from tests.mailbox import Mailbox
from tests.people import (
    ADA,
    BOB,
    OTHER_PASSWORD,
    PASSWORD,
    change_email,
    change_password,
    register,
)
from tests.telling import CONSOLE, Run

WRONG, WEAK = "a wrong password", "hunter22"
KEY, LINK, HASH = "k" * 40, "l" * 40, "$" + "h" * 60
DATABASE, LOG, ANSWER = "the database", "the log of app", "the answer to POST /account"


@pytest.fixture
async def kept(new_client: NewClient, post: Mailbox) -> str:
    """All that the database held in the life of an account."""
    kept = []

    async def note(answer: Response) -> None:
        kept.append(await database.dump())

    client, other = await new_client(), await new_client()
    for each in (client, other):
        each.event_hooks["response"].append(note)
    await register(client, ADA, WEAK)
    await register(client)
    await register(client)
    await client.post("/auth/register", json={"email": ADA, "password": [WRONG]})
    await sign_in(client, ADA, WRONG)
    await sign_in(client, ADA, PASSWORD)
    await sign_in(other, ADA, PASSWORD)
    await client.get("/users/me")
    await client.get("/auth/logins")
    await change_password(client, WRONG, OTHER_PASSWORD)
    await change_password(client, PASSWORD, WEAK)
    await change_password(client, PASSWORD, OTHER_PASSWORD)
    await other.get("/users/me")
    await sign_in(other, ADA, OTHER_PASSWORD)
    await client.delete("/auth/logins")
    program = await program_of(client, new_client)
    await program.get("/users/me")
    await program.get("/auth/events")
    await client.get("/auth/api-keys")
    await verify(client, await token(post, VERIFY))
    await ask_to_reset(client)
    link = await token(post, RESET)
    await reset(client, link, WEAK)
    await change_email(client, BOB, OTHER_PASSWORD)
    await confirm(client, await token(post, CONFIRM, BOB))
    await reset(client, f"{link}x")
    await sign_in(client, BOB, OTHER_PASSWORD)
    await client.get("/auth/events")
    return "".join(kept)


async def test_no_secret_is_told_where_it_must_not_be(run: Run, kept: str) -> None:
    """Every test looks for them at its end; here, also in what was gone by then."""
    kinds = {kind for kind, _ in run.secrets(kept)}

    assert kinds == {"password", "credential", "mailed token", "hash"}
    assert run.leaks(kept) == []


@pytest.mark.parametrize(
    ("kind", "secret", "places"),
    [
        ("password", PASSWORD, [DATABASE, LOG, ANSWER]),
        ("credential", KEY, [DATABASE, LOG, ANSWER]),
        ("mailed token", LINK, [DATABASE, LOG, ANSWER]),
        ("hash", HASH, [LOG, ANSWER]),
    ],
)
async def test_a_secret_is_found_where_it_must_not_be(
    kind: str, secret: str, places: list[str]
) -> None:
    run, kept = Run(), f"'{HASH}'"
    request = Request("POST", f"{BASE_URL}/account", json={"password": PASSWORD})
    with run.listening():
        await run.note(Response(200, json={"key": KEY}, request=request))
        logging.getLogger(CONSOLE).warning("?token=%s", LINK)
        assert run.leaks(kept) == []

        await run.note(Response(200, text=secret, request=request))
        logging.getLogger("app").warning(secret)

    assert run.leaks(kept + secret) == [f"a {kind} in {place}" for place in places]


async def test_what_breaks_with_a_password_in_hand_does_not_log_it(
    client: AsyncClient,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hashed = "a hash that nobody may see"
    monkeypatch.setattr("app.passwords.compute", lambda _: hashed)
    async with database.without("users"):
        answer = await register(client)

    assert answer.status_code == 500
    assert caplog.records
    assert [it for it in (PASSWORD, hashed) if it in caplog.text] == []


async def test_tokens_do_not_come_from_a_seed(ada: AsyncClient) -> None:
    tokens = set()
    for _ in range(2):
        random.seed(1)
        await sign_in(ada, ADA, PASSWORD)
        tokens.add(credential(ada))

    assert len(tokens) == 2


def modules() -> Iterator[tuple[str, ast.Module]]:
    for file in Path(app.__path__[0]).rglob("*.py"):
        yield str(file), ast.parse(file.read_text("utf-8"))


def test_nothing_imports_what_can_be_predicted() -> None:
    for file, tree in modules():
        for node in ast.walk(tree):
            match node:
                case ast.Import(names=names):
                    imported = {alias.name for alias in names}
                case ast.ImportFrom(module=module, names=names):
                    imported = {f"{module}", *(alias.name for alias in names)}
                case _:
                    continue
            assert not imported & {"random", "uuid1", "uuid3", "uuid5"}, file


def test_nothing_uses_a_broken_hash() -> None:
    for file, tree in modules():
        assert not re.search(r"\b(md5|sha1)\b", ast.unparse(tree)), file


def test_no_secret_is_a_uuid() -> None:
    """A UUID tells things apart; it is shorter than a secret, and shown to people."""
    for file, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.keyword | ast.Return):
                named, made = ast.unparse(node).lower(), ast.unparse(node.value or node)
                secret = any(word in named for word in ("secret", "token", "password"))
                assert not (secret and made.startswith("uuid4")), (file, named)
