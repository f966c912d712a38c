"""One's own account: read, rename and delete it."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

import pytest
from httpx2 import AsyncClient

from app.errors import NotSignedIn
from app.password_hashing import compute
from app.services import accounts
from app.services.logins import find_caller
from app.store.database import transaction
from tests import database
from tests.access.signing_in import carry, credential, sign_in
from tests.people import ADA, BOB, OTHER_PASSWORD, PASSWORD, code_of, id_of, register


async def delete_me(client: AsyncClient, password: str) -> tuple[int, str]:
    content = {"current_password": password}
    answer = await client.request("DELETE", "/users/me", json=content)
    return answer.status_code, answer.text and answer.json()["code"]


async def test_a_user_reads_what_was_registered(client: AsyncClient) -> None:
    registered = await register(client, ADA, name="Ada")
    await sign_in(client, ADA, PASSWORD)

    assert (await client.get("/users/me")).json() == registered.json()


async def test_a_user_changes_their_name(ada: AsyncClient) -> None:
    changed = await ada.patch("/users/me", json={"name": "Ada Lovelace"})

    assert changed.status_code == 200
    assert changed.json()["name"] == "Ada Lovelace"
    assert (await ada.get("/users/me")).json() == changed.json()


async def test_a_change_is_noted_with_its_time(ada: AsyncClient) -> None:
    before = (await ada.get("/users/me")).json()

    after = (await ada.patch("/users/me", json={"name": "Ada"})).json()

    assert after["updated_at"] > before["updated_at"]
    assert after["created_at"] == before["created_at"]


async def test_a_name_is_taken_away_by_null(ada: AsyncClient) -> None:
    await ada.patch("/users/me", json={"name": "Ada"})

    assert (await ada.patch("/users/me", json={"name": None})).json()["name"] is None


async def test_nothing_sent_changes_nothing(ada: AsyncClient) -> None:
    before = (await ada.get("/users/me")).json()

    assert (await ada.patch("/users/me", json={})).json() == before


@pytest.mark.parametrize("name", ["Zoë", "李小龍", "👩‍👩‍👧", "x" * 200, "O'Brien; --"])
async def test_a_name_is_kept_as_it_was_sent(ada: AsyncClient, name: str) -> None:
    await ada.patch("/users/me", json={"name": name})

    assert (await ada.get("/users/me")).json()["name"] == name


@pytest.mark.parametrize("name", ["", "x" * 201, "a\0b", 7, ["Ada"]])
async def test_what_is_no_name_is_refused(ada: AsyncClient, name: object) -> None:
    answer = await ada.patch("/users/me", json={"name": name})

    assert code_of(answer) == (422, "validation_error")


@pytest.mark.parametrize(
    "member", ["id", "email", "scopes", "is_active", "is_verified", "password_hash"]
)
async def test_nobody_changes_the_rest_of_their_account(
    ada: AsyncClient, member: str
) -> None:
    before = (await ada.get("/users/me")).json()

    answer = await ada.patch("/users/me", json={"name": "Ada", member: True})

    assert code_of(answer) == (422, "validation_error")
    assert (await ada.get("/users/me")).json() == before


async def test_who_is_deleted_meanwhile_is_not_renamed(ada: AsyncClient) -> None:
    (login,) = (await ada.get("/auth/logins")).json()
    caller = await find_caller(UUID(login["id"]))
    await database.empty()

    async with transaction() as db:
        with pytest.raises(NotSignedIn):
            await accounts.rename(db, caller, "Ada")


async def test_who_deletes_their_account_leaves_nothing(ada: AsyncClient) -> None:
    kept = credential(ada)

    assert await delete_me(ada, PASSWORD) == (204, "")

    assert ADA not in await database.dump()
    assert await database.run("SELECT kind FROM events") == [("account_deleted",)]
    for table in set(database.TABLES) - {"events"}:
        assert await database.run(f"SELECT * FROM {table}") == []  # noqa: S608  # names of our own
    carry(ada, kept)
    assert (await ada.get("/users/me")).status_code == 401
    assert code_of(await sign_in(ada, ADA, PASSWORD)) == (401, "invalid_credentials")


async def test_deleting_an_account_leaves_those_of_others(
    ada: AsyncClient, bob: AsyncClient
) -> None:
    await delete_me(ada, PASSWORD)

    assert (await bob.get("/users/me")).json()["email"] == BOB


async def test_deleting_an_account_needs_its_password(ada: AsyncClient) -> None:
    assert await delete_me(ada, OTHER_PASSWORD) == (403, "wrong_password")
    assert (await ada.get("/users/me")).status_code == 200


@pytest.mark.parametrize("password", ["x" * 60_000, ""])
async def test_what_is_no_password_is_a_wrong_one(
    ada: AsyncClient, password: str
) -> None:
    assert await delete_me(ada, password) == (403, "wrong_password")


async def test_a_deleted_address_can_be_registered_anew(ada: AsyncClient) -> None:
    kept, former = credential(ada), await id_of(ada)
    await delete_me(ada, PASSWORD)

    answer = await register(ada, ADA)

    assert answer.json()["id"] != former
    carry(ada, kept)
    assert (await ada.get("/users/me")).status_code == 401


async def test_a_password_that_changes_during_its_check_deletes_nothing(
    ada: AsyncClient, while_hashing: Callable[..., None]
) -> None:
    new_hash = compute(OTHER_PASSWORD)
    while_hashing(partial(database.change_user, ADA, f"password_hash = '{new_hash}'"))

    assert await delete_me(ada, PASSWORD) == (403, "wrong_password")
    assert (await ada.get("/users/me")).status_code == 200


async def test_an_account_that_is_deleted_during_the_check_is_gone(
    ada: AsyncClient, while_hashing: Callable[..., None]
) -> None:
    while_hashing(database.empty)

    assert await delete_me(ada, PASSWORD) == (401, "not_authenticated")
    assert (await ada.get("/users/me")).status_code == 401
