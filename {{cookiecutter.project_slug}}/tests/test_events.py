"""What happened to whom, when and from where: written down, and read by who may."""

import json
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import AsyncClient
from time_machine import Traveller

from app.services import operators
from app.services.events import Kind
from app.settings import settings
from tests import database
from tests.access.signing_in import credential, sign_in
from tests.conftest import NewClient, signed_in
from tests.keys import create_key, keys_of
from tests.links import (
    CONFIRM,
    RESET,
    VERIFY,
    ask_to_reset,
    ask_to_verify,
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
    code_of,
    id_of,
    register,
)

ROOT, NEW = "root@example.com", "ada@new.example.org"
WRONG = "a wrong password"
AGENT = "Browser/7 (of tests)"


@dataclass
class Scene:
    """Ada, whose account it is about, a stranger, and somebody above both."""

    ada: AsyncClient
    ada_id: str
    stranger: AsyncClient
    root: AsyncClient
    post: Mailbox
    new_client: NewClient


@pytest.fixture
async def scene(clock: Traveller, new_client: NewClient, post: Mailbox) -> Scene:
    ada = await signed_in(await new_client(), ADA)
    stranger = await new_client()
    for client in (ada, stranger):
        client.headers["User-Agent"] = AGENT
    root = await signed_in(await new_client(), ROOT, "super")
    clock.shift(1)
    return Scene(ada, await id_of(ada), stranger, root, post, new_client)


async def events_of(client: AsyncClient, **query: Any) -> list[dict[str, Any]]:
    """Return everyone's events that fit, newest first."""
    answer = await client.get("/events", params=query)
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def kinds(events: Iterable[dict[str, Any]]) -> list[str]:
    return [event["kind"] for event in events]


Act = Callable[[Scene], Awaitable[object]]


async def end_another_login(scene: Scene) -> None:
    other = await scene.new_client()
    await sign_in(other, ADA, PASSWORD)
    logins = (await scene.ada.get("/auth/logins")).json()
    (found,) = [login["id"] for login in logins if not login["current"]]
    await scene.ada.delete(f"/auth/logins/{found}")


async def reset_password(scene: Scene) -> None:
    await ask_to_reset(scene.stranger)
    await reset(scene.stranger, await token(scene.post, RESET))


async def ask_for_reset(scene: Scene) -> None:
    await ask_to_reset(scene.stranger)
    await token(scene.post, RESET)


async def verify_email(scene: Scene) -> None:
    await ask_to_verify(scene.stranger)
    await verify(scene.stranger, await token(scene.post, VERIFY))


async def move(scene: Scene) -> None:
    await change_email(scene.ada, NEW)
    await confirm(scene.stranger, await token(scene.post, CONFIRM, NEW))


async def remove_key(scene: Scene) -> None:
    await create_key(scene.ada)
    (key,) = await keys_of(scene.ada)
    await scene.ada.delete(f"/auth/api-keys/{key['id']}")


async def delete_me(scene: Scene) -> None:
    content = {"current_password": PASSWORD}
    await scene.ada.request("DELETE", "/users/me", json=content)


BY_ADA: dict[Kind, Act] = {
    Kind.SIGNED_IN: lambda scene: sign_in(scene.stranger, ADA, PASSWORD),
    Kind.SIGN_IN_FAILED: lambda scene: sign_in(scene.stranger, ADA, WRONG),
    Kind.SIGNED_OUT: lambda scene: scene.ada.post("/auth/logout"),
    Kind.LOGIN_ENDED: end_another_login,
    Kind.LOGINS_ENDED: lambda scene: scene.ada.delete("/auth/logins"),
    Kind.PASSWORD_CONFIRMATION_FAILED: lambda scene: change_password(
        scene.ada, WRONG, OTHER_PASSWORD
    ),
    Kind.PASSWORD_CHANGED: lambda scene: change_password(
        scene.ada, PASSWORD, OTHER_PASSWORD
    ),
    Kind.PASSWORD_RESET_REQUESTED: ask_for_reset,
    Kind.PASSWORD_RESET: reset_password,
    Kind.EMAIL_VERIFIED: verify_email,
    Kind.EMAIL_CHANGE_REQUESTED: lambda scene: change_email(scene.ada, NEW),
    Kind.EMAIL_CHANGED: move,
    Kind.API_KEY_CREATED: lambda scene: create_key(scene.ada),
    Kind.API_KEY_REMOVED: remove_key,
    Kind.ACCOUNT_DELETED: delete_me,
}


def change(**values: object) -> Act:
    return lambda scene: scene.root.patch(f"/users/{scene.ada_id}", json=values)


async def enable(scene: Scene) -> None:
    for is_active in (False, True):
        await change(is_active=is_active)(scene)


BY_ROOT: dict[Kind, tuple[Act, dict[str, str]]] = {
    Kind.USER_RENAMED: (change(name="Ada"), {}),
    Kind.USER_DISABLED: (change(is_active=False), {}),
    Kind.USER_ENABLED: (enable, {}),
    Kind.SCOPES_CHANGED: (
        change(scopes=["admin"]),
        {"scopes": "admin authenticated"},
    ),
    Kind.LOGINS_ENDED: (
        lambda scene: scene.root.delete(f"/users/{scene.ada_id}/logins"),
        {},
    ),
    Kind.ACCOUNT_DELETED: (
        lambda scene: scene.root.delete(f"/users/{scene.ada_id}"),
        {},
    ),
}

BY_OPERATOR: dict[Kind, tuple[Act, dict[str, str]]] = {
    Kind.REGISTERED: (
        lambda _: operators.create_user(BOB, PASSWORD, None, ["admin"]),
        {},
    ),
    Kind.SCOPES_CHANGED: (
        lambda _: operators.grant(ADA, ["admin"]),
        {"scopes": "admin authenticated"},
    ),
    Kind.LOGINS_ENDED: (lambda _: operators.end_logins(ADA), {}),
}


@pytest.mark.parametrize("kind", BY_ADA)
async def test_what_a_person_does_is_written_down(scene: Scene, kind: Kind) -> None:
    await BY_ADA[kind](scene)

    event = (await events_of(scene.root, kind=kind))[0]
    assert event["user_id"] == scene.ada_id
    assert event["at"] == "2030-07-01T12:00:01Z"
    assert (event["ip_address"], event["user_agent"]) == ("127.0.0.1", AGENT)
    assert "by" not in event["detail"] or event["detail"]["by"] == scene.ada_id


@pytest.mark.parametrize("kind", BY_ROOT)
async def test_what_an_administrator_does_is_written_down_with_who_did_it(
    scene: Scene, kind: Kind
) -> None:
    act, detail = BY_ROOT[kind]
    await act(scene)

    event = (await events_of(scene.root, kind=kind))[0]
    assert event["user_id"] == scene.ada_id
    assert event["detail"] == {"by": await id_of(scene.root), **detail}


@pytest.mark.parametrize("kind", BY_OPERATOR)
async def test_what_an_operator_does_is_written_down(scene: Scene, kind: Kind) -> None:
    act, detail = BY_OPERATOR[kind]
    await act(scene)

    event = (await events_of(scene.root, kind=kind))[0]
    assert event["detail"] == {"by": "operator", **detail}
    assert event["ip_address"] is event["user_agent"] is None


async def test_what_an_operator_takes_is_written_down(scene: Scene) -> None:
    await operators.grant(ADA, ["admin"])
    await operators.revoke(ADA, ["admin"])

    details = [
        event["detail"] for event in await events_of(scene.root, kind="scopes_changed")
    ]

    assert {detail["scopes"] for detail in details} == {
        "authenticated",
        "admin authenticated",
    }


async def test_what_stays_as_it_was_is_not_written_down(scene: Scene) -> None:
    path = f"/users/{await id_of(scene.ada)}"
    sent = {"is_active": True, "scopes": ["authenticated"], "name": "Ada"}
    await scene.root.patch(path, json=sent)

    await scene.root.patch(path, json=sent)

    assert len(await events_of(scene.root, kind="user_renamed")) == 1
    assert await events_of(scene.root, kind="user_enabled") == []
    assert await events_of(scene.root, kind="scopes_changed") == []


async def test_a_registration_is_written_down(scene: Scene) -> None:
    user = (await register(scene.stranger, BOB)).json()

    (event,) = await events_of(scene.root, kind="registered")
    assert (event["user_id"], event["user_agent"]) == (user["id"], AGENT)


async def test_a_registration_that_is_refused_is_written_down(scene: Scene) -> None:
    assert (await register(scene.stranger, ADA)).status_code == 409

    (event,) = await events_of(scene.root, kind="registration_refused")
    assert (event["user_id"], event["user_agent"]) == (None, AGENT)


async def test_every_kind_is_proved_here() -> None:
    refused = {Kind.REGISTRATION_REFUSED, Kind.CHANGE_REFUSED}

    assert {*BY_ADA, *BY_OPERATOR, *BY_ROOT} | refused == set(Kind)


async def test_a_failure_for_no_account_names_nobody(
    root: AsyncClient, client: AsyncClient
) -> None:
    await sign_in(client, BOB, PASSWORD)

    (event,) = await events_of(root, kind="sign_in_failed")
    assert (event["user_id"], event["detail"]) == (None, {})


async def test_each_failure_stays_though_the_answer_is_an_error(
    root: AsyncClient, client: AsyncClient
) -> None:
    for _ in range(3):
        assert (await sign_in(client, BOB, PASSWORD)).status_code == 401

    assert len(await events_of(root, kind="sign_in_failed")) == 3


async def test_an_unverified_address_is_a_failure_with_a_reason(
    root: AsyncClient,
    client: AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await register(client)
    monkeypatch.setattr(settings, "require_verified_email", True)

    await sign_in(client, ADA, PASSWORD)

    (event,) = await events_of(root, kind="sign_in_failed")
    assert event["detail"] == {"reason": "email_not_verified"}


@pytest.mark.parametrize(
    ("who", "method", "path", "content", "reason"),
    [
        ("root", "PATCH", "/users/{}", {"scopes": []}, "last_super"),
        ("root", "PATCH", "/users/{}", {"is_active": False}, "last_super"),
        ("root", "DELETE", "/users/{}", None, "last_super"),
        ("root", "DELETE", "/users/me", {"current_password": PASSWORD}, "last_super"),
        ("admin", "PATCH", "/users/{}", {"scopes": []}, "insufficient_scope"),
        ("admin", "PATCH", "/users/{}", {"name": "Nobody"}, "insufficient_scope"),
        ("admin", "DELETE", "/users/{}", None, "insufficient_scope"),
        ("admin", "DELETE", "/users/{}/logins", None, "insufficient_scope"),
    ],
)
async def test_a_change_that_is_refused_is_written_down_as_that_alone(
    root: AsyncClient,
    admin: AsyncClient,
    caplog: pytest.LogCaptureFixture,
    who: str,
    method: str,
    path: str,
    content: object,
    reason: str,
) -> None:
    client = {"root": root, "admin": admin}[who]
    root_id, before = await id_of(root), await events_of(root)
    caplog.set_level(logging.INFO, "audit")
    caplog.clear()

    answer = await client.request(method, path.format(root_id), json=content)

    assert answer.json()["code"] == reason
    event, *others = await events_of(root)
    assert (event["kind"], event["user_id"]) == ("change_refused", root_id)
    assert event["detail"] == {"by": await id_of(client), "reason": reason}
    assert others == before
    assert [each.message for each in caplog.records if each.name == "audit"] == [
        "change_refused"
    ]


async def test_nothing_is_changed_that_cannot_be_written_down(
    root: AsyncClient, bob: AsyncClient
) -> None:
    bob_id = await id_of(bob)

    async with database.without("events"):
        answer = await root.patch(f"/users/{bob_id}", json={"scopes": ["super"]})

    assert answer.status_code == 500
    assert (await bob.get("/users/me")).json()["scopes"] == ["authenticated"]


async def test_people_read_their_own_events_alone(
    ada: AsyncClient, bob: AsyncClient
) -> None:
    page = (await ada.get("/auth/events", params={"user_id": await id_of(bob)})).json()

    assert kinds(page["items"]) == ["signed_in"]
    assert {event["user_id"] for event in page["items"]} == {await id_of(ada)}
    assert page["next_cursor"] is None


async def test_an_event_is_described(ada: AsyncClient) -> None:
    (event,) = (await ada.get("/auth/events")).json()["items"]

    assert set(event) == {
        "id",
        "user_id",
        "kind",
        "at",
        "ip_address",
        "user_agent",
        "detail",
    }
    assert event["at"].endswith("Z")


async def test_what_others_did_to_ones_account_is_among_ones_events(
    scene: Scene,
) -> None:
    await change(name="Ada")(scene)

    events = (await scene.ada.get("/auth/events")).json()["items"]

    assert kinds(events)[0] == "user_renamed"


async def test_only_administrators_read_everyones(
    ada: AsyncClient, admin: AsyncClient
) -> None:
    assert code_of(await ada.get("/events")) == (403, "insufficient_scope")
    assert kinds(await events_of(admin)) == ["signed_in", "signed_in"]


async def test_administrators_find_the_events_of_a_user(
    admin: AsyncClient, bob: AsyncClient
) -> None:
    bob_id = await id_of(bob)
    await bob.post("/auth/logout")

    events = await events_of(admin, user_id=bob_id)

    assert kinds(events) == ["signed_out", "signed_in"]
    assert kinds(await events_of(admin, user_id=bob_id, kind="signed_in")) == [
        "signed_in"
    ]
    assert await events_of(admin, user_id=str(uuid4())) == []
    assert await events_of(admin, kind="nonsense") == []


@pytest.mark.parametrize("path", ["/auth/events", "/events"])
@pytest.mark.parametrize("limit", [1, 2, 3, 7])
async def test_each_event_is_on_one_page(
    clock: Traveller, admin: AsyncClient, path: str, limit: int
) -> None:
    for _ in range(5):
        await create_key(admin)
        clock.shift(0.5)

    found: list[str] = []
    query: dict[str, Any] = {"limit": limit}
    while query.get("cursor", "first"):
        page = (await admin.get(path, params=query)).json()
        assert len(page["items"]) <= limit
        found += [event["id"] for event in page["items"]]
        query["cursor"] = page["next_cursor"]

    assert len(found) == len(set(found)) == 6
    whole = (await admin.get(path)).json()["items"]
    assert found == [event["id"] for event in whole]


@pytest.mark.parametrize("path", ["/auth/events", "/events"])
@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 201}, {"cursor": "x"}, {"cursor": "\0"}]
)
async def test_what_is_no_page_is_refused(
    admin: AsyncClient, path: str, query: dict[str, Any]
) -> None:
    answer = await admin.get(path, params=query)

    assert code_of(answer) == (422, "validation_error")


async def test_of_a_deleted_account_one_event_is_left(scene: Scene) -> None:
    await delete_me(scene)

    events = await events_of(scene.root, user_id=scene.ada_id)

    assert kinds(events) == ["account_deleted"]
    assert ADA not in json.dumps(events)


async def test_old_events_are_removed_by_the_purge(
    clock: Traveller, admin: AsyncClient
) -> None:
    clock.shift(settings.event_days * 24 * 60 * 60 - 1)
    before_the_limit = await operators.purge()
    clock.shift(1)

    removed = await operators.purge()

    assert (before_the_limit["events"], removed["events"]) == (0, 1)
    assert await database.run("SELECT * FROM events") == []


async def test_the_purge_removes_every_token_that_has_ended(
    clock: Traveller, ada: AsyncClient
) -> None:
    await create_key(ada, expires_in=60)
    await create_key(ada)
    await change_email(ada, NEW)
    clock.shift(24 * 60 * 60)

    removed = await operators.purge()

    assert removed == {"logins": 1, "mailed tokens": 1, "API keys": 1, "events": 0}
    assert len(await database.run("SELECT * FROM api_keys")) == 1


async def test_the_log_has_what_the_list_has(
    client: AsyncClient, admin: AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "audit")
    caplog.clear()

    await sign_in(client, BOB, WRONG)

    (record,) = [each for each in caplog.records if each.name == "audit"]
    (event,) = await events_of(admin, kind="sign_in_failed")
    logged: dict[str, Any] = vars(record)["event"]
    assert (record.getMessage(), str(logged["id"])) == ("sign_in_failed", event["id"])
    assert logged.keys() == event.keys()


@pytest.mark.parametrize("agent", ["a\tb\x1b[31mc", "x" * 60_000, "\xad\x85agent"])
async def test_what_a_program_calls_itself_is_cut_to_what_can_be_shown(
    ada: AsyncClient, new_client: NewClient, agent: str
) -> None:
    client = await new_client()
    client.headers["User-Agent"] = agent

    await sign_in(client, ADA, PASSWORD)

    shown = (await ada.get("/auth/events")).json()["items"][0]["user_agent"]
    assert shown.isprintable()
    assert len(shown) <= 255


async def test_no_event_has_a_secret(scene: Scene) -> None:
    key = (await create_key(scene.ada)).json()["key"]
    await change_email(scene.ada, NEW)
    await reset_password(scene)

    told = json.dumps(await events_of(scene.root))
    secrets = [
        key,
        credential(scene.ada),
        PASSWORD,
        OTHER_PASSWORD,
        await token(scene.post, RESET),
        await token(scene.post, CONFIRM, NEW),
    ]

    assert [secret for secret in secrets if secret in told] == []
