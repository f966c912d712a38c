"""Change the password while signed in."""

from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from httpx2 import AsyncClient, Response

from app.password_hashing import compute, verify
from tests import database
from tests.access.signing_in import carry, credential, sign_in
from tests.conftest import Act, NewClient
from tests.links import subjects
from tests.mailbox import Mailbox
from tests.people import (
    ADA,
    BOB,
    OTHER_PASSWORD,
    PASSWORD,
    change_email,
    change_password,
    code_of,
)

Ask = Callable[[AsyncClient], Awaitable[Response]]


async def test_the_new_password_signs_in_and_the_old_does_not(
    ada: AsyncClient, client: AsyncClient
) -> None:
    answer = await change_password(ada, PASSWORD, OTHER_PASSWORD)

    assert answer.status_code == 204
    assert (await sign_in(client, ADA, PASSWORD)).status_code == 401
    assert (await sign_in(client, ADA, OTHER_PASSWORD)).status_code == 200


async def test_every_other_login_ends(ada: AsyncClient, new_client: NewClient) -> None:
    other = await new_client()
    await sign_in(other, ADA, PASSWORD)
    kept = credential(other)

    await change_password(ada, PASSWORD, OTHER_PASSWORD)

    carry(other, kept)
    assert (await other.get("/users/me")).status_code == 401
    assert (await ada.get("/users/me")).status_code == 200
    assert len((await ada.get("/auth/logins")).json()) == 1


async def test_the_logins_of_others_stay(ada: AsyncClient, bob: AsyncClient) -> None:
    await change_password(ada, PASSWORD, OTHER_PASSWORD)

    assert (await bob.get("/users/me")).status_code == 200


async def test_the_current_password_must_fit(
    ada: AsyncClient, client: AsyncClient
) -> None:
    answer = await change_password(ada, OTHER_PASSWORD, OTHER_PASSWORD)

    assert code_of(answer) == (403, "wrong_password")
    assert (await sign_in(client, ADA, PASSWORD)).status_code == 200


@pytest.mark.parametrize("password", ["x" * 14, "x" * 257, "x" * 60_000])
async def test_the_new_password_must_be_strong(
    ada: AsyncClient, client: AsyncClient, password: str
) -> None:
    answer = await change_password(ada, PASSWORD, password)

    assert code_of(answer) == (422, "weak_password")
    assert (await sign_in(client, ADA, PASSWORD)).status_code == 200


async def test_passwords_may_be_typed_on_different_keyboards(
    ada: AsyncClient, client: AsyncClient
) -> None:
    await change_password(ada, PASSWORD, "in the caf\u00e9 at nine")

    answer = await change_password(
        ada, "in the cafe\u0301 at nine", "so na\u0131\u0308ve a choice"
    )

    assert answer.status_code == 204
    assert (
        await sign_in(client, ADA, "so na\u0131\u0308ve a choice")
    ).status_code == 200


WRONG, ENDED = (403, "wrong_password"), (401, "not_authenticated")
MEANWHILE: dict[str, tuple[Act, tuple[int, str]]] = {
    "changed": (
        partial(
            database.change_user, ADA, f"password_hash = '{compute('yet another one')}'"
        ),
        WRONG,
    ),
    "signed out": (partial(database.run, "DELETE FROM logins"), ENDED),
    "disabled": (partial(database.change_user, ADA, "is_active = false"), ENDED),
    "deleted": (database.empty, ENDED),
}
CONFIRMED: dict[str, Ask] = {
    "change the password": lambda ada: change_password(ada, PASSWORD, OTHER_PASSWORD),
    "change the address": lambda ada: change_email(ada, BOB, PASSWORD),
    "delete the account": lambda ada: ada.request(
        "DELETE", "/users/me", json={"current_password": PASSWORD}
    ),
}


@pytest.mark.parametrize("ask", CONFIRMED.values(), ids=CONFIRMED)
@pytest.mark.parametrize(("act", "code"), MEANWHILE.values(), ids=MEANWHILE)
async def test_whose_right_ends_during_the_check_does_nothing_with_it(
    ada: AsyncClient,
    post: Mailbox,
    while_hashing: Callable[..., None],
    ask: Ask,
    act: Act,
    code: tuple[int, str],
) -> None:
    while_hashing(act)

    answer = await ask(ada)

    assert code_of(answer) == code
    assert await subjects(post, ADA) == await subjects(post, BOB) == []
    assert (await database.run("SELECT id FROM users") == []) == (act is database.empty)
    stored = await database.run("SELECT password_hash FROM users")
    assert not any(verify(OTHER_PASSWORD, known_hash)[0] for (known_hash,) in stored)
