"""What several do at once: the database settles who wins."""

from asyncio import gather
from collections import Counter
from collections.abc import Iterable

import pytest
from httpx2 import AsyncClient, Response

from app.services import operators
from app.settings import settings
from tests import database
from tests.access.signing_in import sign_in
from tests.conftest import NewClient, add_account, signed_in
from tests.keys import create_key
from tests.links import RESET, ask_to_reset, reset, token
from tests.mailbox import Mailbox
from tests.password_hashing.outdated import outdated_hash
from tests.people import (
    ADA,
    BOB,
    OTHER_PASSWORD,
    PASSWORD,
    change_password,
    id_of,
    register,
)

AT_ONCE = 10

# Signed out meanwhile, a password that is wrong meanwhile, and too many of those.
REFUSED = {401, 403, 429}


def statuses(answers: Iterable[Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


async def accounts_and_logins() -> list[tuple[str]]:
    return await database.run(
        "SELECT email FROM users UNION SELECT secret_hash FROM logins"
    )


async def supers() -> int:
    found = await database.run("SELECT scopes FROM users WHERE is_active")
    return sum("super" in scopes for (scopes,) in found)


async def test_an_address_is_registered_once(client: AsyncClient) -> None:
    answers = await gather(*[register(client, ADA) for _ in range(AT_ONCE)])

    assert statuses(answers) == {201: 1, 409: AT_ONCE - 1}
    assert await database.run("SELECT email FROM users") == [(ADA,)]


async def test_a_password_is_changed_once(ada: AsyncClient) -> None:
    new = [f"{OTHER_PASSWORD} {n}" for n in range(AT_ONCE)]

    answers = await gather(*[change_password(ada, PASSWORD, each) for each in new])

    assert sum(answer.is_success for answer in answers) == 1
    assert statuses(answers).keys() <= {204, *REFUSED}


async def test_a_login_is_ended_once(ada: AsyncClient, new_client: NewClient) -> None:
    other = await signed_in_again(new_client)
    (login,) = [it for it in (await other.get("/auth/logins")).json() if it["current"]]
    path = f"/auth/logins/{login['id']}"

    answers = await gather(*[ada.delete(path) for _ in range(AT_ONCE)])

    assert statuses(answers) == {204: 1, 404: AT_ONCE - 1}


async def test_of_those_who_sign_all_others_out_one_stays(
    ada: AsyncClient, new_client: NewClient
) -> None:
    others = [await signed_in_again(new_client) for _ in range(AT_ONCE - 1)]

    answers = await gather(*[it.delete("/auth/logins") for it in (ada, *others)])

    assert statuses(answers) == {204: 1, 401: AT_ONCE - 1}
    assert len(await database.run("SELECT * FROM logins")) == 1


async def signed_in_again(new_client: NewClient) -> AsyncClient:
    client = await new_client()
    await sign_in(client, ADA, PASSWORD)
    return client


async def test_nobody_gets_more_logins_than_there_may_be(
    new_client: NewClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "max_logins_per_user", 3)
    await add_account(ADA)
    clients = [await new_client() for _ in range(AT_ONCE)]

    answers = await gather(*[sign_in(client, ADA, PASSWORD) for client in clients])

    assert statuses(answers) == {200: AT_ONCE}
    assert len(await database.run("SELECT * FROM logins")) == 3


async def test_an_account_that_is_deleted_while_it_changes_is_gone(
    ada: AsyncClient, new_client: NewClient
) -> None:
    content = {"current_password": PASSWORD}
    others = [await signed_in_again(new_client) for _ in range(AT_ONCE)]

    deleted, *changed = await gather(
        ada.request("DELETE", "/users/me", json=content),
        *[other.patch("/users/me", json={"name": "Ada"}) for other in others],
    )

    assert deleted.status_code == 204
    assert statuses(changed).keys() <= {200, *REFUSED}
    assert await accounts_and_logins() == []


async def test_an_account_that_is_deleted_while_it_signs_in_has_no_login(
    ada: AsyncClient, new_client: NewClient
) -> None:
    content = {"current_password": PASSWORD}
    clients = [await new_client() for _ in range(AT_ONCE)]

    deleted, *answers = await gather(
        ada.request("DELETE", "/users/me", json=content),
        *[sign_in(client, ADA, PASSWORD) for client in clients],
    )

    assert deleted.status_code == 204
    assert statuses(answers).keys() <= {200, *REFUSED}
    assert await accounts_and_logins() == []


async def test_an_account_that_is_deleted_while_it_makes_a_key_has_none(
    ada: AsyncClient,
) -> None:
    content = {"current_password": PASSWORD}

    deleted, *answers = await gather(
        ada.request("DELETE", "/users/me", json=content),
        *[create_key(ada) for _ in range(AT_ONCE)],
    )

    assert deleted.status_code == 204
    assert statuses(answers).keys() <= {201, 401}
    assert await database.run("SELECT * FROM api_keys") == []


async def test_whoever_is_locked_out_by_a_reset_does_not_stay_by_a_key(
    ada: AsyncClient, client: AsyncClient, post: Mailbox
) -> None:
    await ask_to_reset(client)
    link = await token(post, RESET)

    done, *answers = await gather(
        reset(client, link), *[create_key(ada) for _ in range(AT_ONCE)]
    )

    assert done.status_code == 204
    assert statuses(answers).keys() <= {201, 401}
    assert await database.run("SELECT * FROM api_keys") == []


async def test_nobody_gets_more_keys_than_there_may_be(
    ada: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "max_api_keys_per_user", 3)

    answers = await gather(*[create_key(ada) for _ in range(AT_ONCE)])

    assert statuses(answers) == {201: 3, 409: AT_ONCE - 3}


async def test_all_who_sign_in_while_their_hash_is_replaced_are_signed_in(
    new_client: NewClient,
) -> None:
    await add_account(ADA)
    await database.change_user(ADA, f"password_hash = '{outdated_hash(PASSWORD)}'")
    clients = [await new_client() for _ in range(4)]

    answers = await gather(*[sign_in(client, ADA, PASSWORD) for client in clients])

    assert statuses(answers) == {200: 4}


async def test_a_hash_that_is_replaced_does_not_let_in_who_has_the_old_password(
    ada: AsyncClient, new_client: NewClient
) -> None:
    await database.change_user(ADA, f"password_hash = '{outdated_hash(PASSWORD)}'")
    clients = [await new_client() for _ in range(3)]

    changed, *answers = await gather(
        change_password(ada, PASSWORD, OTHER_PASSWORD),
        *[sign_in(client, ADA, PASSWORD) for client in clients],
    )

    assert changed.status_code == 204
    assert statuses(answers).keys() <= {200, 401}
    left = await database.run("SELECT id FROM logins")
    assert len(left) == 1


async def test_who_signs_out_twice_is_signed_out(ada: AsyncClient) -> None:
    answers = await gather(*[ada.post("/auth/logout") for _ in range(4)])

    assert statuses(answers).keys() <= {204, 401}
    assert await database.run("SELECT id FROM logins") == []


async def test_what_two_operators_grant_at_once_is_granted(ada: AsyncClient) -> None:
    await gather(operators.grant(ADA, ["admin"]), operators.grant(ADA, ["introspect"]))

    granted = (await ada.get("/users/me")).json()["scopes"]
    assert set(granted) == {"admin", "authenticated", "introspect"}


async def test_an_account_that_is_disabled_while_it_signs_in_has_no_login(
    admin: AsyncClient, new_client: NewClient
) -> None:
    bob = await signed_in(await new_client(), BOB)
    path = f"/users/{await id_of(bob)}"
    clients = [await new_client() for _ in range(AT_ONCE)]

    await gather(
        *[sign_in(client, BOB, PASSWORD) for client in clients],
        admin.patch(path, json={"is_active": False}),
    )

    for client in [bob, *clients]:
        assert (await client.get("/users/me")).status_code == 401


@pytest.mark.parametrize(
    ("method", "json"),
    [("PATCH", {"scopes": []}), ("PATCH", {"is_active": False}), ("DELETE", None)],
)
async def test_two_supers_who_remove_each_other_leave_one(
    root: AsyncClient, new_client: NewClient, method: str, json: object
) -> None:
    other = await signed_in(await new_client(), ADA, "super")
    ids = [await id_of(other), await id_of(root)]

    answers = await gather(
        root.request(method, f"/users/{ids[0]}", json=json),
        other.request(method, f"/users/{ids[1]}", json=json),
    )

    assert await supers() == 1
    assert sum(answer.is_success for answer in answers) == 1


async def test_supers_who_change_each_other_and_others_wait_for_nobody_in_a_circle(
    root: AsyncClient, admin: AsyncClient, bob: AsyncClient
) -> None:
    ids = [await id_of(client) for client in (admin, bob)]
    wanted = [[], ["super"]] * (AT_ONCE // 2)

    answers = await gather(
        *[
            root.patch(f"/users/{user_id}", json={"scopes": scopes})
            for scopes in wanted
            for user_id in ids
        ]
    )

    assert statuses(answers) == {200: 2 * AT_ONCE}


async def test_two_supers_who_leave_at_once_leave_one(
    root: AsyncClient, new_client: NewClient
) -> None:
    other = await signed_in(await new_client(), ADA, "super")
    content = {"current_password": PASSWORD}

    answers = await gather(
        root.request("DELETE", "/users/me", json=content),
        other.request("DELETE", "/users/me", json=content),
    )

    assert statuses(answers) == {204: 1, 409: 1}
    assert await supers() == 1


async def test_an_account_is_deleted_once(admin: AsyncClient, bob: AsyncClient) -> None:
    path = f"/users/{await id_of(bob)}"

    answers = await gather(*[admin.delete(path) for _ in range(AT_ONCE)])

    assert statuses(answers) == {204: 1, 404: AT_ONCE - 1}
