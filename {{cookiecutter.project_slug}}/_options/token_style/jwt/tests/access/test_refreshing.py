"""Renew an access token by a refresh token, each of which is used once."""

import anyio
import pytest
from httpx2 import AsyncClient, Response
from time_machine import travel

from app.access import base64url, credential
from app.access.refresh_token import RefreshToken
from app.access.refreshing import end_reused
from tests.access.oauth import error_of
from tests.access.signing_in import carry, sign_in
from tests.conftest import give_scopes
from tests.people import ADA, PASSWORD, change_password, id_of, register

INVALID_GRANT = (400, "invalid_grant")


async def refresh(client: AsyncClient, token: str | bytes, **more: str) -> Response:
    form = {"grant_type": "refresh_token", "refresh_token": token} | more
    return await client.post("/auth/token", data=form)


async def tokens_of(client: AsyncClient) -> dict[str, str]:
    """Sign in as Ada once more, with a login of its own."""
    tokens: dict[str, str] = (await sign_in(client, ADA, PASSWORD)).json()
    return tokens


async def test_a_refresh_token_gives_new_tokens(ada: AsyncClient) -> None:
    old = await tokens_of(ada)

    answer = await refresh(ada, old["refresh_token"])

    assert answer.status_code == 200
    new = answer.json()
    assert set(new) == {
        "access_token",
        "token_type",
        "expires_in",
        "scope",
        "refresh_token",
    }
    assert new["token_type"] == "bearer"
    assert new["scope"] == old["scope"]
    assert {new["access_token"], new["refresh_token"]}.isdisjoint(old.values())


async def test_the_new_access_token_signs_in(ada: AsyncClient) -> None:
    tokens = await tokens_of(ada)

    carry(ada, (await refresh(ada, tokens["refresh_token"])).json()["access_token"])

    assert (await ada.get("/users/me")).json()["email"] == ADA


async def test_refreshing_goes_on_and_on(ada: AsyncClient) -> None:
    token = (await tokens_of(ada))["refresh_token"]

    for _ in range(5):
        token = (await refresh(ada, token)).json()["refresh_token"]

    assert (await refresh(ada, token)).status_code == 200


async def test_refreshing_keeps_the_login(ada: AsyncClient) -> None:
    tokens = await tokens_of(ada)
    before = (await ada.get("/auth/logins")).json()

    await refresh(ada, tokens["refresh_token"])

    after = (await ada.get("/auth/logins")).json()
    assert [login["id"] for login in after] == [login["id"] for login in before]


async def test_a_spent_token_is_refused(ada: AsyncClient) -> None:
    spent = (await tokens_of(ada))["refresh_token"]
    await refresh(ada, spent)

    assert error_of(await refresh(ada, spent)) == INVALID_GRANT


async def test_a_spent_token_ends_the_login_for_good(ada: AsyncClient) -> None:
    spent = await tokens_of(ada)
    newest = (await refresh(ada, spent["refresh_token"])).json()

    await refresh(ada, spent["refresh_token"])

    assert error_of(await refresh(ada, newest["refresh_token"])) == INVALID_GRANT
    carry(ada, newest["access_token"])
    assert (await ada.get("/users/me")).status_code == 401


async def test_who_owns_the_login_reads_why_it_ended(ada: AsyncClient) -> None:
    spent = await tokens_of(ada)
    ended = (await ada.get("/auth/logins")).json()[0]
    for _ in range(3):
        await refresh(ada, spent["refresh_token"])

    assert await reuses(ada) == [{"login_id": ended["id"]}]


async def reuses(client: AsyncClient) -> list[object]:
    """Sign in as Ada once more, and return what she reads of tokens that were reused."""
    await sign_in(client, ADA, PASSWORD)
    events = (await client.get("/auth/events")).json()["items"]
    return [it["detail"] for it in events if it["kind"] == "refresh_token_reused"]


async def test_of_those_who_notice_at_the_same_time_one_says_so(
    ada: AsyncClient,
) -> None:
    spent = RefreshToken.read((await tokens_of(ada))["refresh_token"])
    noticed = await credential.find_family(spent)

    await end_reused(noticed)
    await end_reused(noticed)

    assert await reuses(ada) == [{"login_id": str(noticed.login.id)}]


async def test_a_spent_token_leaves_other_logins_alone(ada: AsyncClient) -> None:
    other, spent = await tokens_of(ada), await tokens_of(ada)
    await refresh(ada, spent["refresh_token"])

    await refresh(ada, spent["refresh_token"])

    assert (await refresh(ada, other["refresh_token"])).status_code == 200


async def test_of_ten_at_once_one_at_most_succeeds(ada: AsyncClient) -> None:
    token = (await tokens_of(ada))["refresh_token"]
    answers: list[Response] = []

    async def try_it() -> None:
        answers.append(await refresh(ada, token))

    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(try_it)

    succeeded = [answer for answer in answers if answer.is_success]
    refused = [answer for answer in answers if not answer.is_success]
    assert len(succeeded) == 1
    assert {error_of(answer) for answer in refused} == {INVALID_GRANT}


async def test_a_token_that_was_tried_at_once_ends_its_login(ada: AsyncClient) -> None:
    token = (await tokens_of(ada))["refresh_token"]
    newest: list[str] = []

    async def try_it() -> None:
        answer = await refresh(ada, token)
        if answer.is_success:
            newest.append(answer.json()["refresh_token"])

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(try_it)

    assert error_of(await refresh(ada, newest[0])) == INVALID_GRANT


async def test_who_knows_the_id_of_a_login_cannot_end_it(ada: AsyncClient) -> None:
    token = (await tokens_of(ada))["refresh_token"]
    content = base64url.decode(token.removeprefix("rt_"))
    forged = "rt_" + base64url.encode(content[:16] + bytes(48))

    assert error_of(await refresh(ada, forged)) == INVALID_GRANT

    assert (await refresh(ada, token)).status_code == 200


@pytest.mark.parametrize(
    "token", ["x", "rt_", "rt_x", "rt_" + "A" * 86, "rt_" + "A" * 87, "ü", "\ud800"]
)
async def test_what_is_no_refresh_token_is_refused(
    client: AsyncClient, token: str
) -> None:
    sent = token.encode("utf-8", "surrogatepass")

    assert error_of(await refresh(client, sent)) == INVALID_GRANT


async def test_a_token_is_spelled_in_one_way(ada: AsyncClient) -> None:
    token = (await tokens_of(ada))["refresh_token"]
    respelled = [token.removeprefix("rt_"), token + "=", token + "==", f"{token}\n"]

    for text in respelled:
        assert error_of(await refresh(ada, text)) == INVALID_GRANT

    assert (await refresh(ada, token)).status_code == 200


async def test_an_access_token_does_not_refresh(ada: AsyncClient) -> None:
    tokens = await tokens_of(ada)

    assert error_of(await refresh(ada, tokens["access_token"])) == INVALID_GRANT


async def test_a_refresh_token_does_not_sign_in(ada: AsyncClient) -> None:
    carry(ada, (await tokens_of(ada))["refresh_token"])

    assert (await ada.get("/users/me")).status_code == 401


async def test_a_refresh_token_is_asked_for(client: AsyncClient) -> None:
    answer = await client.post("/auth/token", data={"grant_type": "refresh_token"})

    assert error_of(answer) == (400, "invalid_request")


async def test_signing_out_ends_the_refresh_token(ada: AsyncClient) -> None:
    tokens = await tokens_of(ada)

    await ada.post("/auth/logout")

    assert error_of(await refresh(ada, tokens["refresh_token"])) == INVALID_GRANT


async def test_a_changed_password_ends_the_refresh_tokens_of_others(
    ada: AsyncClient,
) -> None:
    other, own = await tokens_of(ada), await tokens_of(ada)

    await change_password(ada, PASSWORD, "another horse battery")

    assert error_of(await refresh(ada, other["refresh_token"])) == INVALID_GRANT
    assert (await refresh(ada, own["refresh_token"])).status_code == 200


async def test_a_disabled_user_does_not_refresh(
    ada: AsyncClient, admin: AsyncClient
) -> None:
    tokens = await tokens_of(ada)

    await admin.patch(f"/users/{await id_of(ada)}", json={"is_active": False})

    assert error_of(await refresh(ada, tokens["refresh_token"])) == INVALID_GRANT


async def test_a_deleted_user_does_not_refresh(ada: AsyncClient) -> None:
    tokens = await tokens_of(ada)

    content = {"current_password": PASSWORD}
    await ada.request("DELETE", "/users/me", json=content)

    assert error_of(await refresh(ada, tokens["refresh_token"])) == INVALID_GRANT


async def test_a_login_that_is_not_refreshed_ends(ada: AsyncClient) -> None:
    tokens = await tokens_of(ada)

    with travel("2100-01-01", tick=False):
        assert error_of(await refresh(ada, tokens["refresh_token"])) == INVALID_GRANT


async def test_a_scope_narrows_the_access_token(admin: AsyncClient) -> None:
    tokens = (await sign_in(admin, "admin@example.com", PASSWORD)).json()

    narrow = (
        await refresh(admin, tokens["refresh_token"], scope="authenticated")
    ).json()

    assert narrow["scope"] == "authenticated"
    carry(admin, narrow["access_token"])
    assert (await admin.get("/users")).status_code == 403


@pytest.mark.parametrize("blank", ["", " "])
async def test_a_blank_scope_is_none_as_at_sign_in(
    ada: AsyncClient, blank: str
) -> None:
    tokens = await tokens_of(ada)

    answer = await refresh(ada, tokens["refresh_token"], scope=blank)

    assert answer.json()["scope"] == tokens["scope"]


async def test_a_narrow_scope_is_for_one_access_token(admin: AsyncClient) -> None:
    tokens = (await sign_in(admin, "admin@example.com", PASSWORD)).json()
    narrow = (
        await refresh(admin, tokens["refresh_token"], scope="authenticated")
    ).json()

    wide = (await refresh(admin, narrow["refresh_token"])).json()

    assert wide["scope"] == tokens["scope"]
    carry(admin, wide["access_token"])
    assert (await admin.get("/users")).status_code == 200


async def test_a_wider_scope_is_refused_and_spends_nothing(ada: AsyncClient) -> None:
    tokens = await tokens_of(ada)

    answer = await refresh(ada, tokens["refresh_token"], scope="authenticated admin")

    assert error_of(answer) == (400, "invalid_scope")
    assert (await refresh(ada, tokens["refresh_token"])).status_code == 200


async def test_a_scope_that_came_later_is_not_granted_by_refreshing(
    ada: AsyncClient,
) -> None:
    tokens = await tokens_of(ada)
    await give_scopes(ADA, "admin")

    answer = await refresh(ada, tokens["refresh_token"])

    assert answer.json()["scope"] == "authenticated"


async def test_a_scope_that_was_taken_is_not_granted_any_more(
    admin: AsyncClient,
) -> None:
    tokens = (await sign_in(admin, "admin@example.com", PASSWORD)).json()
    await give_scopes("admin@example.com")

    answer = await refresh(admin, tokens["refresh_token"])

    assert answer.json()["scope"] == "authenticated"


async def test_a_super_who_becomes_an_admin_refreshes_as_one(root: AsyncClient) -> None:
    tokens = (await sign_in(root, "root@example.com", PASSWORD)).json()
    await register(root, "another@example.com")
    await give_scopes("another@example.com", "super")
    await give_scopes("root@example.com", "admin")

    fresh = (await refresh(root, tokens["refresh_token"])).json()

    assert fresh["scope"] == "admin authenticated"
    carry(root, fresh["access_token"])
    assert (await root.get("/users")).status_code == 200
