"""No secret is kept, logged or told again; and none can be guessed."""

import ast
import logging
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from httpx2 import AsyncClient, Response

import app
from tests import database
from tests.access.signing_in import credential, sign_in
from tests.conftest import NewClient
from tests.keys import program_of
from tests.links import CONFIRM, RESET, VERIFY, ask_to_reset, reset, token, verify
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

WRONG, WEAK = "a wrong password", "hunter2"
PASSWORDS = [PASSWORD, OTHER_PASSWORD, WRONG, WEAK]


@dataclass
class Story:
    """All that was answered, and what was handed out: in answers, and by mail."""

    answers: list[Response]
    credentials: list[str]
    mailed: list[str]

    @property
    def secrets(self) -> list[str]:
        return [*PASSWORDS, *self.credentials, *self.mailed]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What is logged from here on, by libraries too."""
    caplog.set_level(logging.INFO)
    return caplog


@pytest.fixture
async def story(new_client: NewClient, post: Mailbox) -> Story:
    """The life of an account."""
    answers: list[Response] = []

    async def note(answer: Response) -> None:
        answers.append(answer)

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
    credentials = [credential(client), credential(other)]
    await client.get("/users/me")
    await client.get("/auth/logins")
    await change_password(client, WRONG, OTHER_PASSWORD)
    await change_password(client, PASSWORD, WEAK)
    await change_password(client, PASSWORD, OTHER_PASSWORD)
    await other.get("/users/me")
    await sign_in(other, ADA, OTHER_PASSWORD)
    await client.delete("/auth/logins")
    program = await program_of(client, new_client)
    program.event_hooks["response"].append(note)
    await program.get("/users/me")
    await program.get("/auth/events")
    await client.get("/auth/api-keys")
    credentials += [credential(client), program.headers["X-API-Key"]]
    mailed = [await token(post, VERIFY)]
    await verify(client, mailed[0])
    await ask_to_reset(client)
    mailed += [await token(post, RESET)]
    await reset(client, mailed[1], WEAK)
    await change_email(client, BOB, OTHER_PASSWORD)
    mailed += [await token(post, CONFIRM, BOB)]
    await reset(client, f"{mailed[1]}x")
    await sign_in(client, ADA, OTHER_PASSWORD)
    await client.get("/auth/events")
    return Story(answers, [*credentials, credential(client)], mailed)


async def hashes() -> list[str]:
    return [
        stored for (stored,) in await database.run("SELECT password_hash FROM users")
    ]


def all_of(answer: Response) -> str:
    return f"{answer.headers} {answer.text}"


async def test_no_answer_has_what_is_not_for_it(story: Story) -> None:
    told = "".join(map(all_of, story.answers))

    secrets = [*PASSWORDS, *story.mailed, *await hashes()]

    assert len(story.answers) > 20
    assert [it for it in secrets if it in told] == []


async def test_a_credential_is_told_once(story: Story) -> None:
    for each in set(story.credentials):
        told = [answer for answer in story.answers if each in all_of(answer)]

        assert len(told) == 1


async def test_the_database_has_neither_passwords_nor_credentials(
    story: Story,
) -> None:
    kept = await database.dump()

    assert ADA in kept
    assert [it for it in story.secrets if it in kept] == []


async def test_the_log_has_neither_passwords_nor_credentials(
    log: pytest.LogCaptureFixture, story: Story
) -> None:
    records = log.get_records("setup")
    told = "".join(f"{each.getMessage()} {vars(each)}" for each in records)

    secrets = [*story.secrets, *await hashes()]

    assert "signed_in" in told
    assert [it for it in secrets if it in told] == []


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


def test_no_secret_is_a_uuid() -> None:
    """A UUID tells things apart; it is shorter than a secret, and shown to people."""
    for file, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.keyword | ast.Return):
                named, made = ast.unparse(node).lower(), ast.unparse(node.value or node)
                secret = any(word in named for word in ("secret", "token", "password"))
                assert not (secret and made.startswith("uuid4")), (file, named)
