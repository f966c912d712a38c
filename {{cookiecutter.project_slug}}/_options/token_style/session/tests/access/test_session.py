"""A session has a new value whenever what it stands for changes."""

from asyncio import gather
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import Request
from httpx2 import AsyncClient

from app.access import session
from app.tokens import new_token
from tests import database
from tests.access.signing_in import carry, credential, sign_in
from tests.conftest import NewClient, give_scopes
from tests.people import (
    ADA,
    BOB,
    OTHER_PASSWORD,
    PASSWORD,
    change_password,
    code_of,
    register,
)

SIGNED_OUT = (401, "not_authenticated")


async def with_value(new_client: NewClient, value: str) -> AsyncClient:
    """Return another client that carries the value, as somebody who stole it would."""
    thief = await new_client()
    carry(thief, value)
    return thief


async def logins_of(client: AsyncClient) -> list[str]:
    return [login["id"] for login in (await client.get("/auth/logins")).json()]


async def is_signed_in(client: AsyncClient) -> bool:
    return (await client.get("/users/me")).status_code == 200


REFUSE = {
    "sqlite": [
        "CREATE TRIGGER refuse BEFORE {act} ON logins BEGIN SELECT raise(ABORT, 'no'); END"
    ],
    "postgresql": [
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE 'no'; END $$",
        "CREATE TRIGGER refuse BEFORE {act} ON logins"
        " FOR EACH ROW EXECUTE FUNCTION refuse()",
    ],
}
REFUSE_NO_MORE = {
    "sqlite": ["DROP TRIGGER refuse"],
    "postgresql": ["DROP TRIGGER refuse ON logins", "DROP FUNCTION refuse"],
}


@asynccontextmanager
async def refused(act: str) -> AsyncIterator[None]:
    """Let the database fail to change, or delete, a login that is there."""
    for statement in REFUSE[database.KIND]:
        await database.run(statement.format(act=act))
    try:
        yield
    finally:
        for statement in REFUSE_NO_MORE[database.KIND]:
            await database.run(statement)


async def test_without_a_new_value_the_password_stays(ada: AsyncClient) -> None:
    async with refused("UPDATE"):
        answer = await change_password(ada, PASSWORD, OTHER_PASSWORD)

    assert answer.status_code == 500
    assert (await change_password(ada, PASSWORD, OTHER_PASSWORD)).status_code == 204


async def test_while_the_former_session_stays_there_is_no_new_one(
    ada: AsyncClient,
) -> None:
    (login,) = await logins_of(ada)

    async with refused("DELETE"):
        answer = await sign_in(ada, ADA, PASSWORD)

    assert answer.status_code == 500
    assert await logins_of(ada) == [login]


async def test_the_database_does_not_know_the_value(ada: AsyncClient) -> None:
    await ada.get("/users/me")

    assert credential(ada) not in await database.dump()


async def test_two_sign_ins_have_two_values(
    ada: AsyncClient, client: AsyncClient
) -> None:
    await sign_in(client, ADA, PASSWORD)

    assert credential(ada) != credential(client)
    assert len(await logins_of(ada)) == 2


async def test_an_unknown_value_is_never_adopted(client: AsyncClient) -> None:
    planted = new_token("").text
    carry(client, planted)
    await register(client)

    await sign_in(client, ADA, PASSWORD)

    assert credential(client) != planted
    assert await is_signed_in(client)
    carry(client, planted)
    assert not await is_signed_in(client)


async def test_signing_in_again_replaces_the_session(
    ada: AsyncClient, new_client: NewClient
) -> None:
    thief = await with_value(new_client, credential(ada))

    await sign_in(ada, ADA, PASSWORD)

    assert code_of(await thief.get("/users/me")) == SIGNED_OUT
    assert len(await logins_of(ada)) == 1


async def test_signing_in_as_another_ends_the_session_of_the_first(
    ada: AsyncClient, new_client: NewClient
) -> None:
    thief = await with_value(new_client, credential(ada))
    await register(ada, BOB)

    await sign_in(ada, BOB, PASSWORD)

    assert code_of(await thief.get("/users/me")) == SIGNED_OUT
    assert (await ada.get("/users/me")).json()["email"] == BOB


async def test_a_sign_in_that_fails_leaves_the_session(ada: AsyncClient) -> None:
    value = credential(ada)

    await sign_in(ada, ADA, "a wrong password")

    assert credential(ada) == value
    assert await is_signed_in(ada)


async def test_changing_the_password_changes_the_value(
    ada: AsyncClient, new_client: NewClient
) -> None:
    thief = await with_value(new_client, credential(ada))
    (login,) = await logins_of(ada)

    answer = await change_password(ada, PASSWORD, OTHER_PASSWORD)

    assert answer.status_code == 204
    assert await logins_of(ada) == [login]
    assert code_of(await thief.get("/users/me")) == SIGNED_OUT


async def test_a_password_that_is_not_changed_leaves_the_value(
    ada: AsyncClient,
) -> None:
    value = credential(ada)

    await change_password(ada, "a wrong password", OTHER_PASSWORD)

    assert credential(ada) == value


async def test_a_promotion_counts_at_once_and_changes_the_value(
    ada: AsyncClient, new_client: NewClient
) -> None:
    thief = await with_value(new_client, credential(ada))
    await give_scopes(ADA, "admin")

    answer = await ada.get("/users")

    assert answer.status_code == 200
    assert code_of(await thief.get("/users")) == SIGNED_OUT
    assert (await ada.get("/users")).status_code == 200


async def test_a_demotion_counts_at_once_and_changes_the_value(
    admin: AsyncClient,
) -> None:
    value = credential(admin)
    await give_scopes("admin@example.com")

    answer = await admin.get("/users")

    assert code_of(answer) == (403, "insufficient_scope")
    assert credential(admin) != value
    assert await is_signed_in(admin)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/users/not-an-id", 422), ("DELETE", "/users/me", 422)],
)
async def test_a_new_value_comes_with_whatever_answer(
    admin: AsyncClient, method: str, path: str, status: int
) -> None:
    value = credential(admin)
    await give_scopes("admin@example.com", "admin", "introspect")

    answer = await admin.request(method, path)

    assert answer.status_code == status
    assert credential(admin) != value
    assert await is_signed_in(admin)


async def test_a_renewed_value_lives_as_long_as_before(client: AsyncClient) -> None:
    await register(client)
    content = {"email": ADA, "password": PASSWORD, "remember": True}
    await client.post("/auth/login", json=content)
    await give_scopes(ADA, "admin")

    answer = await client.get("/users/me")

    assert "Max-Age=" in answer.headers["set-cookie"]


async def test_of_requests_at_once_one_changes_the_value(ada: AsyncClient) -> None:
    await give_scopes(ADA, "admin")
    old = {"Cookie": f"session={credential(ada)}"}

    answers = await gather(*[ada.get("/users/me", headers=old) for _ in range(10)])

    assert len([answer for answer in answers if "set-cookie" in answer.headers]) == 1
    assert {answer.status_code for answer in answers} <= {200, 401}
    assert await is_signed_in(ada)


async def test_who_was_found_before_the_value_was_changed_goes_on(
    ada: AsyncClient,
) -> None:
    found = await session.find_caller_by_value(credential(ada))
    await give_scopes(ADA, "admin")
    await ada.get("/users/me")

    assert await session.renew(Request({"type": "http"}), found) is found

    assert await is_signed_in(ada)


async def test_a_request_that_comes_late_does_not_delete_the_new_value(
    ada: AsyncClient,
) -> None:
    old = {"Cookie": f"session={credential(ada)}"}
    for scopes in (["admin"], []):
        await give_scopes(ADA, *scopes)
        await ada.get("/users/me")

        late = await ada.get("/users/me", headers=old)

        assert code_of(late) == SIGNED_OUT
        assert await is_signed_in(ada)
        old = {"Cookie": f"session={credential(ada)}"}
