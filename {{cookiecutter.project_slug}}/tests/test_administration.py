"""What administrators do with the accounts of others."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient, Response
from time_machine import Traveller

from app.errors import InsufficientScope, NotSignedIn
from app.services import operators
from app.services.administration import change_user, delete_user
from app.services.logins import find_caller
from app.settings import settings
from tests import database
from tests.access.signing_in import carry, credential, sign_in
from tests.conftest import NewClient, add_account, signed_in
from tests.people import ADA, BOB, PASSWORD, code_of, id_of

ADMIN, ROOT = "admin@example.com", "root@example.com"


async def change(client: AsyncClient, user_id: str, **values: Any) -> Response:
    return await client.patch(f"/users/{user_id}", json=values)


async def emails_on_pages(client: AsyncClient, **query: str | int) -> list[str]:
    """Return the addresses on all pages of a list, in its order."""
    page = (await client.get("/users", params=query)).json()
    emails = [user["email"] for user in page["items"]]
    if page["next_cursor"] is None:
        return emails
    following = {**query, "cursor": page["next_cursor"]}
    return emails + await emails_on_pages(client, **following)


async def add_accounts(number: int) -> list[str]:
    """Add accounts, the newest one last."""
    emails = [f"user{n}@example.com" for n in range(number)]
    for email in emails:
        await add_account(email)
    return emails


async def test_a_page_has_users_and_where_the_next_one_starts(
    admin: AsyncClient,
) -> None:
    page = (await admin.get("/users")).json()

    assert page == {
        "items": [(await admin.get("/users/me")).json()],
        "next_cursor": None,
    }


async def test_the_newest_user_comes_first(admin: AsyncClient) -> None:
    emails = await add_accounts(3)

    assert await emails_on_pages(admin) == [*reversed(emails), ADMIN]


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 200])
async def test_each_user_is_on_one_page(admin: AsyncClient, limit: int) -> None:
    emails = await add_accounts(5)

    assert await emails_on_pages(admin, limit=limit) == [*reversed(emails), ADMIN]


async def test_a_page_that_is_just_full_is_the_last(admin: AsyncClient) -> None:
    await add_accounts(2)

    page = (await admin.get("/users", params={"limit": 3})).json()

    assert len(page["items"]) == 3
    assert page["next_cursor"] is None


async def test_users_of_the_same_moment_are_each_on_one_page(
    clock: Traveller, admin: AsyncClient
) -> None:
    emails = await add_accounts(5)

    assert sorted(await emails_on_pages(admin, limit=2)) == sorted([*emails, ADMIN])


async def test_who_comes_or_goes_between_two_pages_moves_nobody(
    admin: AsyncClient,
) -> None:
    await add_accounts(6)
    page = (await admin.get("/users", params={"limit": 3})).json()
    seen = [user["email"] for user in page["items"]]

    await add_account("late@example.com")
    for email in ("user5@example.com", "user1@example.com"):
        await database.run(f"DELETE FROM users WHERE email = '{email}'")  # noqa: S608  # words of our own
    rest = await emails_on_pages(admin, limit=3, cursor=page["next_cursor"])

    assert seen == [f"user{n}@example.com" for n in (5, 4, 3)]
    assert rest == ["user2@example.com", "user0@example.com", ADMIN]


async def test_a_page_has_50_users_if_nothing_else_is_asked_for(
    admin: AsyncClient,
) -> None:
    await add_accounts(50)

    page = (await admin.get("/users")).json()

    assert len(page["items"]) == 50
    assert page["next_cursor"] is not None


@pytest.mark.parametrize("limit", ["0", "-1", "201", "x", "1.5", "9" * 5000, ""])
async def test_a_page_has_1_to_200_users(admin: AsyncClient, limit: str) -> None:
    answer = await admin.get("/users", params={"limit": limit})

    assert code_of(answer) == (422, "validation_error")


@pytest.mark.parametrize(
    "cursor", ["", "x", "é", "0" * 5000, "MjAyNi0wMS0wMSB4", "MDAwMS0wMS0wMVQwMDowMDo"]
)
async def test_a_cursor_of_ones_own_making_is_refused(
    admin: AsyncClient, cursor: str
) -> None:
    answer = await admin.get("/users", params={"cursor": cursor})

    assert code_of(answer) == (422, "validation_error")


SPECIAL = ["50%off@example.com", "50_off@example.com", "50/off@example.com"]


@pytest.mark.parametrize(
    ("start", "found"),
    [
        ("50%", SPECIAL[:1]),
        ("50_", SPECIAL[1:2]),
        ("50/", SPECIAL[2:]),
        ("50", SPECIAL),
        ("50%OFF@Example", SPECIAL[:1]),
        ("%", []),
        ("_", []),
        ("0", []),
        ("off", []),
        ("50\\", []),
        ("x" * 254, []),
    ],
)
async def test_users_are_found_by_the_start_of_their_address(
    admin: AsyncClient, start: str, found: list[str]
) -> None:
    for email in SPECIAL:
        await add_account(email)

    assert sorted(await emails_on_pages(admin, email=start)) == sorted(found)


@pytest.mark.parametrize("start", ["x" * 255, "x" * 60_000, "a\0"])
async def test_what_no_address_starts_with_is_refused(
    admin: AsyncClient, start: str
) -> None:
    answer = await admin.get("/users", params={"email": start})

    assert code_of(answer) == (422, "validation_error")


async def test_the_pages_of_a_search_have_only_what_is_found(
    admin: AsyncClient,
) -> None:
    emails = await add_accounts(4)
    await add_account(ADA)

    found = await emails_on_pages(admin, email="user", limit=1)

    assert found == list(reversed(emails))


async def test_an_admin_reads_any_account(admin: AsyncClient, bob: AsyncClient) -> None:
    answer = await admin.get(f"/users/{await id_of(bob)}")

    assert answer.json() == (await bob.get("/users/me")).json()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/users/{}"),
        ("PATCH", "/users/{}"),
        ("DELETE", "/users/{}"),
        ("DELETE", "/users/{}/logins"),
    ],
)
async def test_nobody_is_found_by_an_id_that_is_unknown(
    root: AsyncClient, method: str, path: str
) -> None:
    answer = await root.request(method, path.format(uuid4()), **json_for(method))

    assert code_of(answer) == (404, "not_found")


def json_for(method: str) -> dict[str, Any]:
    return {"json": {"scopes": ["admin"]}} if method == "PATCH" else {}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/users"),
        ("GET", "/users/{}"),
        ("PATCH", "/users/{}"),
        ("DELETE", "/users/{}"),
        ("DELETE", "/users/{}/logins"),
    ],
)
async def test_who_is_no_admin_may_do_none_of_this(
    ada: AsyncClient, bob: AsyncClient, method: str, path: str
) -> None:
    answer = await ada.request(
        method, path.format(await id_of(bob)), **json_for(method)
    )

    assert code_of(answer) == (403, "insufficient_scope")
    assert (await bob.get("/users/me")).json()["scopes"] == ["authenticated"]


async def test_an_admin_changes_a_name(admin: AsyncClient, bob: AsyncClient) -> None:
    answer = await change(admin, await id_of(bob), name="Bob")

    assert answer.status_code == 200
    assert answer.json() == (await bob.get("/users/me")).json()
    assert answer.json()["name"] == "Bob"


async def test_nothing_sent_changes_nothing(
    admin: AsyncClient, bob: AsyncClient
) -> None:
    before = (await bob.get("/users/me")).json()

    assert (await change(admin, await id_of(bob))).json()["email"] == BOB
    assert (await bob.get("/users/me")).json() == before


@pytest.mark.parametrize(
    "values",
    [
        {"email": "new@example.com"},
        {"is_verified": True},
        {"is_active": None},
        {"scopes": None},
        {"scopes": "admin"},
        {"scopes": ["unheard-of"]},
        {"scopes": ["admin "]},
        {"scopes": ["ADMIN"]},
        {"scopes": [""]},
    ],
)
async def test_what_is_no_change_of_an_account_is_refused(
    root: AsyncClient, bob: AsyncClient, values: dict[str, object]
) -> None:
    answer = await change(root, await id_of(bob), **values)

    assert code_of(answer) == (422, "validation_error")


async def test_a_user_who_is_not_active_is_signed_out_at_once(
    admin: AsyncClient, bob: AsyncClient, client: AsyncClient
) -> None:
    kept = credential(bob)

    answer = await change(admin, await id_of(bob), is_active=False)

    assert answer.json()["is_active"] is False
    carry(bob, kept)
    assert code_of(await bob.get("/users/me")) == (401, "not_authenticated")
    assert (await sign_in(client, BOB, PASSWORD)).status_code == 401


async def test_logins_that_ended_with_an_account_stay_ended(
    admin: AsyncClient, bob: AsyncClient, client: AsyncClient
) -> None:
    user_id, kept = await id_of(bob), credential(bob)
    await change(admin, user_id, is_active=False)

    await change(admin, user_id, is_active=True)

    carry(bob, kept)
    assert (await bob.get("/users/me")).status_code == 401
    assert (await sign_in(client, BOB, PASSWORD)).status_code == 200


async def test_an_admin_signs_a_user_out_everywhere(
    admin: AsyncClient, bob: AsyncClient, client: AsyncClient
) -> None:
    user_id, kept = await id_of(bob), credential(bob)

    answer = await admin.delete(f"/users/{user_id}/logins")

    assert answer.status_code == 204
    carry(bob, kept)
    assert (await bob.get("/users/me")).status_code == 401
    assert (await admin.get("/users/me")).status_code == 200
    assert (await sign_in(client, BOB, PASSWORD)).status_code == 200


async def test_an_admin_deletes_an_account(
    admin: AsyncClient, bob: AsyncClient
) -> None:
    user_id, kept = await id_of(bob), credential(bob)

    answer = await admin.delete(f"/users/{user_id}")

    assert answer.status_code == 204
    carry(bob, kept)
    assert (await bob.get("/users/me")).status_code == 401
    assert code_of(await admin.get(f"/users/{user_id}")) == (404, "not_found")


async def test_only_a_super_changes_scopes(
    admin: AsyncClient, root: AsyncClient, bob: AsyncClient
) -> None:
    bobs_id = await id_of(bob)

    refused = await change(admin, bobs_id, scopes=["admin"])
    changed = await change(root, bobs_id, scopes=["admin"])

    assert code_of(refused) == (403, "insufficient_scope")
    assert changed.json()["scopes"] == ["admin", "authenticated"]


async def test_an_admin_does_not_make_themselves_super(admin: AsyncClient) -> None:
    answer = await change(admin, await id_of(admin), scopes=["super"])

    assert code_of(answer) == (403, "insufficient_scope")
    assert "super" not in (await admin.get("/users/me")).json()["scopes"]


async def test_a_refusal_changes_nothing_else(
    admin: AsyncClient, bob: AsyncClient
) -> None:
    await change(admin, await id_of(bob), name="Robert", scopes=["admin"])

    assert (await bob.get("/users/me")).json()["name"] is None


async def test_nobody_loses_what_every_user_has(
    root: AsyncClient, bob: AsyncClient
) -> None:
    answer = await change(root, await id_of(bob), scopes=[])

    assert answer.json()["scopes"] == ["authenticated"]


async def test_scopes_of_before_leave_room_for_new_ones(
    new_client: NewClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, since = ([f"{era}-{n:03}" for n in range(90)] for era in ("old", "new"))
    ada = await signed_in(await new_client(), ADA, *before)
    monkeypatch.setattr(settings, "scopes", tuple(since))

    await operators.grant(ADA, since)

    held = (await ada.get("/users/me")).json()["scopes"]
    assert held == sorted(["authenticated", *before, *since])


async def test_a_scope_that_is_no_more_may_stay_and_not_come_back(
    root: AsyncClient, new_client: NewClient
) -> None:
    ada = await signed_in(await new_client(), ADA, "reports:read")
    user_id = await id_of(ada)

    kept = await change(root, user_id, scopes=["reports:read", "admin"])
    taken = await change(root, user_id, scopes=["admin"])
    given = await change(root, user_id, scopes=["reports:read"])

    assert kept.json()["scopes"] == ["admin", "authenticated", "reports:read"]
    assert taken.json()["scopes"] == ["admin", "authenticated"]
    assert code_of(given) == (422, "validation_error")


async def test_a_scope_counts_once(root: AsyncClient, bob: AsyncClient) -> None:
    answer = await change(root, await id_of(bob), scopes=["admin"] * 300)

    assert answer.json()["scopes"] == ["admin", "authenticated"]


async def test_a_super_may_do_what_an_admin_may(
    root: AsyncClient, bob: AsyncClient
) -> None:
    assert (await root.get(f"/users/{await id_of(bob)}")).status_code == 200
    assert (await root.delete(f"/users/{await id_of(bob)}")).status_code == 204


@pytest.mark.parametrize(
    ("method", "path", "json"),
    [
        ("PATCH", "/users/{}", {"name": "Nobody"}),
        ("PATCH", "/users/{}", {"is_active": False}),
        ("DELETE", "/users/{}", None),
        ("DELETE", "/users/{}/logins", None),
    ],
)
async def test_only_a_super_does_something_to_a_super(
    admin: AsyncClient, root: AsyncClient, method: str, path: str, json: object
) -> None:
    before = (await root.get("/users/me")).json()

    answer = await admin.request(method, path.format(before["id"]), json=json)

    assert code_of(answer) == (403, "insufficient_scope")
    assert (await root.get("/users/me")).json() == before


async def test_a_demotion_holds_from_the_next_request_on(
    root: AsyncClient, admin: AsyncClient
) -> None:
    assert (await admin.get("/users")).status_code == 200

    await change(root, await id_of(admin), scopes=[])

    assert code_of(await admin.get("/users")) == (403, "insufficient_scope")


async def test_a_promotion_holds_from_the_next_sign_in_on(
    root: AsyncClient, bob: AsyncClient
) -> None:
    await change(root, await id_of(bob), scopes=["admin"])
    await sign_in(bob, BOB, PASSWORD)

    assert (await bob.get("/users")).status_code == 200


@pytest.mark.parametrize(
    ("meanwhile", "error"),
    [
        ("UPDATE users SET scopes = 'authenticated'", InsufficientScope),
        ("UPDATE users SET is_active = false", NotSignedIn),
        ("DELETE FROM users", NotSignedIn),
    ],
)
async def test_whose_right_ends_while_they_wait_changes_nobody(
    root: AsyncClient, meanwhile: str, error: type[Exception]
) -> None:
    (login,) = (await root.get("/auth/logins")).json()
    caller = await find_caller(UUID(login["id"]))
    await database.run(meanwhile)
    before = await database.run("SELECT id, name FROM users")

    with pytest.raises(error):
        await change_user(caller, caller.user.id, {"name": "Root"})
    with pytest.raises(error):
        await delete_user(caller, caller.user.id)

    assert await database.run("SELECT id, name FROM users") == before


@pytest.mark.parametrize(
    ("method", "path", "json"),
    [
        ("PATCH", "/users/{}", {"scopes": ["admin"]}),
        ("PATCH", "/users/{}", {"is_active": False}),
        ("DELETE", "/users/{}", None),
        ("DELETE", "/users/me", {"current_password": PASSWORD}),
    ],
)
async def test_one_super_stays(
    root: AsyncClient, new_client: NewClient, method: str, path: str, json: object
) -> None:
    await signed_in(await new_client(), ADA, "super")
    await database.change_user(ADA, "is_active = false")
    before = (await root.get("/users/me")).json()

    answer = await root.request(method, path.format(before["id"]), json=json)

    assert code_of(answer) == (409, "last_super")
    assert (await root.get("/users/me")).json() == before
    assert (await root.get("/users")).status_code == 200


async def test_a_super_may_go_when_there_is_another(
    root: AsyncClient, new_client: NewClient
) -> None:
    other = await signed_in(await new_client(), ADA, "super")

    assert (await change(root, await id_of(root), scopes=[])).status_code == 200
    assert code_of(await root.get("/users")) == (403, "insufficient_scope")
    assert (await other.get("/users")).status_code == 200


async def test_the_last_super_may_change_what_is_no_right(root: AsyncClient) -> None:
    answer = await change(
        root, await id_of(root), name="Root", scopes=["super", "admin"], is_active=True
    )

    assert answer.status_code == 200
    assert answer.json()["scopes"] == ["admin", "authenticated", "super"]
