"""API keys: programs act for their owner, and do no more than them."""

from asyncio import gather
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient
from time_machine import Traveller

from app.errors import NotSignedIn
from app.services import api_keys
from app.services.logins import find_caller
from app.settings import settings
from app.store.database import transaction
from tests import database
from tests.access.signing_in import sign_in
from tests.conftest import NewClient, give_scopes, signed_in
from tests.keys import create_key, keys_of, program_of
from tests.operations import BY_LOGIN_ONLY, OPERATIONS, Operation
from tests.people import ADA, BOB, PASSWORD, change_password, code_of, id_of

ADMIN = "admin@example.com"
TEN_YEARS = 10 * 365 * 24 * 60 * 60
NOT_AUTHENTICATED = (401, "not_authenticated")

GUARDED = [it for it in OPERATIONS if it.asks_for_a_credential]


async def test_a_key_is_told_once(ada: AsyncClient) -> None:
    created = await create_key(ada)

    key = created.json()
    assert created.status_code == 201
    assert {**key, "key": None} == {**(await keys_of(ada))[0], "key": None}
    assert "key" not in (await keys_of(ada))[0]


async def test_a_key_is_described(ada: AsyncClient) -> None:
    key = (await create_key(ada, name="backup at night")).json()

    assert set(key) == {
        "id",
        "name",
        "prefix",
        "scopes",
        "created_at",
        "last_used_at",
        "expires_at",
        "key",
    }
    assert (key["name"], key["scopes"]) == ("backup at night", ["authenticated"])
    assert key["last_used_at"] is key["expires_at"] is None
    assert key["created_at"].endswith("Z")


async def test_a_prefix_tells_keys_apart_and_says_what_they_are(
    ada: AsyncClient,
) -> None:
    one, other = [(await create_key(ada)).json() for _ in range(2)]

    assert one["key"].startswith(one["prefix"])
    assert one["prefix"].startswith("ak_")
    assert one["prefix"] != other["prefix"]
    assert len(one["key"]) - len(one["prefix"]) > 50


async def test_the_database_has_no_key(ada: AsyncClient) -> None:
    key = (await create_key(ada)).json()

    kept = await database.dump()

    assert key["prefix"] in kept
    assert key["key"] not in kept
    assert key["key"].removeprefix(key["prefix"]) not in kept


async def test_a_key_signs_its_owner_in(
    ada: AsyncClient, new_client: NewClient
) -> None:
    program = await program_of(ada, new_client)

    answer = await program.get("/users/me")

    assert answer.status_code == 200
    assert answer.json()["email"] == ADA


async def test_a_key_changes_what_is_a_persons_own(
    ada: AsyncClient, new_client: NewClient
) -> None:
    program = await program_of(ada, new_client)

    assert (await program.patch("/users/me", json={"name": "A"})).status_code == 200
    assert (await program.get("/auth/events")).status_code == 200
    assert (await ada.get("/users/me")).json()["name"] == "A"


async def test_a_key_is_no_login(ada: AsyncClient, new_client: NewClient) -> None:
    program = await program_of(ada, new_client)

    await program.get("/users/me")

    assert len((await ada.get("/auth/logins")).json()) == 1


async def test_the_newest_key_comes_first(clock: Traveller, ada: AsyncClient) -> None:
    for name in "abc":
        await create_key(ada, name=name)
        clock.shift(1)

    assert [key["name"] for key in await keys_of(ada)] == ["c", "b", "a"]


async def test_one_sees_only_ones_own_keys(ada: AsyncClient, bob: AsyncClient) -> None:
    await create_key(ada)

    assert await keys_of(bob) == []


async def test_the_owner_is_always_the_caller(
    ada: AsyncClient, bob: AsyncClient
) -> None:
    answer = await create_key(ada, user_id=await id_of(bob))

    assert code_of(answer) == (422, "validation_error")


async def test_a_removed_key_ends_at_once(
    ada: AsyncClient, new_client: NewClient
) -> None:
    program = await program_of(ada, new_client)
    (key,) = await keys_of(ada)

    removed = await ada.delete(f"/auth/api-keys/{key['id']}")

    assert (removed.status_code, removed.content) == (204, b"")
    assert code_of(await program.get("/users/me")) == NOT_AUTHENTICATED
    assert await keys_of(ada) == []


async def test_a_key_of_somebody_else_is_not_there(
    ada: AsyncClient, bob: AsyncClient
) -> None:
    key = (await create_key(ada)).json()

    answers = [
        await bob.delete(f"/auth/api-keys/{key_id}") for key_id in (key["id"], uuid4())
    ]

    assert [code_of(answer) for answer in answers] == [(404, "not_found")] * 2
    assert len(await keys_of(ada)) == 1


async def test_a_key_is_removed_once(ada: AsyncClient) -> None:
    key = (await create_key(ada)).json()

    answers = await gather(
        *[ada.delete(f"/auth/api-keys/{key['id']}") for _ in range(5)]
    )

    assert sorted(answer.status_code for answer in answers) == [204] + [404] * 4


@pytest.mark.parametrize("key", ["", "x", "ak_", "ak_" + "A" * 64, "ak_\x7f", "a.b.c"])
async def test_a_bad_key_signs_nobody_in(client: AsyncClient, key: str) -> None:
    answer = await client.get("/users/me", headers={"X-API-Key": key})

    assert code_of(answer) == NOT_AUTHENTICATED


async def test_a_key_with_another_secret_signs_nobody_in(
    ada: AsyncClient, new_client: NewClient
) -> None:
    program = await program_of(ada, new_client)
    key = program.headers["X-API-Key"]
    program.headers["X-API-Key"] = key[:20] + key[20:][::-1]

    assert code_of(await program.get("/users/me")) == NOT_AUTHENTICATED


async def test_a_key_in_the_address_is_ignored(
    ada: AsyncClient, client: AsyncClient
) -> None:
    key = (await create_key(ada)).json()["key"]

    answer = await client.get("/users/me", params={"X-API-Key": key, "api_key": key})

    assert code_of(answer) == NOT_AUTHENTICATED


@pytest.mark.parametrize("operation", GUARDED, ids=str)
async def test_a_key_makes_no_call_that_takes_a_person(
    new_client: NewClient, operation: Operation
) -> None:
    owner = await signed_in(await new_client(), ADA, "super", "introspect")
    program = await program_of(owner, new_client, "super", "introspect")
    somewhere = dict.fromkeys(operation.in_path, uuid4())

    answer = await operation.send(program, somewhere)

    # Another 403 is one for a scope, which the owner of the key may have none of.
    refused = (
        answer.status_code == 403 and code_of(answer)[1] == "interactive_login_required"
    )
    assert refused == ((operation.method, operation.path) in BY_LOGIN_ONLY)


def test_every_call_that_takes_a_person_is_there() -> None:
    assert {(it.method, it.path) for it in GUARDED} >= BY_LOGIN_ONLY


async def test_a_key_may_do_what_it_was_granted(
    admin: AsyncClient, new_client: NewClient
) -> None:
    with_scope = await program_of(admin, new_client, "authenticated", "admin")
    without = await program_of(admin, new_client)

    assert (await with_scope.get("/users")).status_code == 200
    assert code_of(await without.get("/users")) == (403, "insufficient_scope")


async def test_what_a_user_loses_their_keys_lose_at_once(
    admin: AsyncClient, new_client: NewClient
) -> None:
    program = await program_of(admin, new_client, "admin")

    await give_scopes(ADMIN)

    assert code_of(await program.get("/users")) == (403, "insufficient_scope")
    assert (await program.get("/users/me")).status_code == 200


async def test_what_a_user_gets_their_keys_do_not(
    ada: AsyncClient, new_client: NewClient
) -> None:
    program = await program_of(ada, new_client)

    await give_scopes(ADA, "super")

    assert code_of(await program.get("/users")) == (403, "insufficient_scope")


async def test_who_is_super_grants_what_super_contains(
    root: AsyncClient, new_client: NewClient
) -> None:
    program = await program_of(root, new_client, "admin")

    assert (await program.get("/users")).status_code == 200
    assert (await create_key(root, "super")).status_code == 201


@pytest.mark.parametrize("scope", ["admin", "super", "introspect"])
async def test_nobody_grants_what_they_have_not_got(
    ada: AsyncClient, scope: str
) -> None:
    answer = await create_key(ada, "authenticated", scope)

    assert code_of(answer) == (403, "insufficient_scope")
    assert await keys_of(ada) == []


@pytest.mark.parametrize(
    "gone",
    [
        "DELETE FROM users",
        "UPDATE users SET is_active = false",
        "DELETE FROM logins",
    ],
)
async def test_who_is_signed_out_meanwhile_gets_no_key(
    ada: AsyncClient, gone: str
) -> None:
    (login,) = (await ada.get("/auth/logins")).json()
    caller = await find_caller(UUID(login["id"]))
    await database.run(gone)

    async with transaction() as db:
        with pytest.raises(NotSignedIn):
            await api_keys.create(db, caller, "backup", [], None)


async def test_beyond_the_most_keys_one_has_to_be_removed_first(
    ada: AsyncClient, bob: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "max_api_keys_per_user", 2)
    first, *_ = [(await create_key(ada)).json() for _ in range(2)]

    assert code_of(await create_key(ada)) == (409, "too_many_api_keys")
    assert (await create_key(bob)).status_code == 201
    await ada.delete(f"/auth/api-keys/{first['id']}")
    assert (await create_key(ada)).status_code == 201


async def test_keys_that_have_ended_do_not_count(
    ada: AsyncClient, clock: Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "max_api_keys_per_user", 1)
    await sign_in(ada, ADA, PASSWORD)
    await create_key(ada, expires_in=1)

    clock.shift(2)

    assert (await create_key(ada)).status_code == 201


async def test_an_unknown_scope_is_refused(root: AsyncClient) -> None:
    assert code_of(await create_key(root, "nonsense")) == (422, "validation_error")


async def test_a_scope_of_the_teams_own_is_granted(
    new_client: NewClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "scopes", ("reports:read",))
    ada = await signed_in(await new_client(), ADA, "reports:read")

    key = (await create_key(ada, "reports:read", "reports:read")).json()

    assert key["scopes"] == ["reports:read"]


async def test_a_key_ends_when_it_was_said_to(
    clock: Traveller, ada: AsyncClient, new_client: NewClient
) -> None:
    program = await program_of(ada, new_client, expires_in=60)
    (key,) = await keys_of(ada)

    clock.shift(59)
    in_time = await program.get("/users/me")
    clock.shift(1)

    assert key["expires_at"] == "2030-07-01T12:01:00Z"
    assert in_time.status_code == 200
    assert code_of(await program.get("/users/me")) == NOT_AUTHENTICATED
    assert await keys_of(ada) == []


@pytest.mark.parametrize(
    ("expires_in", "status"),
    [(-1, 422), (0, 422), (1, 201), (TEN_YEARS, 201), (TEN_YEARS + 1, 422)],
)
async def test_a_key_lasts_ten_years_at_most(
    ada: AsyncClient, expires_in: int, status: int
) -> None:
    assert (await create_key(ada, expires_in=expires_in)).status_code == status


@pytest.mark.parametrize("name", ["", "x" * 201, None, 7])
async def test_a_key_has_a_name(ada: AsyncClient, name: object) -> None:
    assert code_of(await create_key(ada, name=name)) == (422, "validation_error")


async def test_the_last_use_is_noted_once_a_minute(
    clock: Traveller, ada: AsyncClient, new_client: NewClient
) -> None:
    program = await program_of(ada, new_client)
    noted = []

    for seconds in (0, 59, 1):
        clock.shift(timedelta(seconds=seconds))
        await program.get("/users/me")
        noted.append((await keys_of(ada))[0]["last_used_at"])

    assert noted == ["2030-07-01T12:00:00Z"] * 2 + ["2030-07-01T12:01:00Z"]


async def test_the_keys_of_who_is_disabled_stop_at_once(
    bob: AsyncClient, admin: AsyncClient, new_client: NewClient
) -> None:
    program = await program_of(bob, new_client)

    await admin.patch(f"/users/{await id_of(bob)}", json={"is_active": False})

    assert code_of(await program.get("/users/me")) == NOT_AUTHENTICATED


async def test_the_keys_of_who_is_deleted_are_gone(
    bob: AsyncClient, admin: AsyncClient, new_client: NewClient
) -> None:
    program = await program_of(bob, new_client)

    await admin.delete(f"/users/{await id_of(bob)}")

    assert code_of(await program.get("/users/me")) == NOT_AUTHENTICATED
    assert await database.run("SELECT * FROM api_keys") == []


async def test_a_key_goes_on_after_its_owner_signs_out(
    ada: AsyncClient, new_client: NewClient
) -> None:
    program = await program_of(ada, new_client)

    await ada.post("/auth/logout")

    assert (await program.get("/users/me")).status_code == 200


async def test_a_key_goes_on_after_a_change_of_password(
    ada: AsyncClient, new_client: NewClient
) -> None:
    program = await program_of(ada, new_client)

    await change_password(ada, PASSWORD, "another long password")

    assert (await program.get("/users/me")).status_code == 200


async def test_a_key_acts_for_its_owner_alone(
    ada: AsyncClient, bob: AsyncClient, new_client: NewClient
) -> None:
    adas, bobs = [await program_of(each, new_client) for each in (ada, bob)]

    found = [(await each.get("/users/me")).json()["email"] for each in (adas, bobs)]

    assert found == [ADA, BOB]
