"""Get back into an account whose password is forgotten, by a link that is mailed."""

from asyncio import Event, gather
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from httpx2 import AsyncClient
from time_machine import Traveller

from app.later import finish
from app.password_hashing import compute
from app.settings import settings
from app.store import users
from tests import database
from tests.access.signing_in import carry, credential, sign_in
from tests.conftest import Act, NewClient, add_account
from tests.keys import program_of
from tests.links import (
    CONFIRM,
    RESET,
    VERIFY,
    ask_to_reset,
    ask_to_verify,
    confirm,
    reset,
    subjects,
    token,
    tokens,
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
)

AT_ONCE = 10
INVALID = (400, "invalid_token")
WEAK = "too short"
CHANGED = f"Your password for {settings.service_name} has changed"


async def forget(client: AsyncClient, post: Mailbox, email: str = ADA) -> str:
    """Ask for a link, and return its token."""
    await ask_to_reset(client, email)
    return await token(post, RESET, email)


@pytest.fixture
async def mailed(client: AsyncClient, post: Mailbox) -> str:
    """A token that was mailed to Ada."""
    await add_account(ADA)
    return await forget(client, post)


async def test_the_new_password_signs_in_and_the_old_does_not(
    client: AsyncClient, mailed: str
) -> None:
    answer = await reset(client, mailed)

    assert (answer.status_code, answer.content) == (204, b"")
    assert (await sign_in(client, ADA, PASSWORD)).status_code == 401
    assert (await sign_in(client, ADA, OTHER_PASSWORD)).status_code == 200


async def test_every_login_ends(ada: AsyncClient, post: Mailbox) -> None:
    kept = credential(ada)
    mailed = await forget(ada, post)

    await reset(ada, mailed)

    carry(ada, kept)
    assert (await ada.get("/users/me")).status_code == 401
    assert await database.run("SELECT * FROM logins") == []


@pytest.mark.parametrize(("verified", "status"), [("false", 401), ("true", 200)])
async def test_the_keys_of_who_may_not_own_the_address_end(
    ada: AsyncClient, post: Mailbox, new_client: NewClient, verified: str, status: int
) -> None:
    program = await program_of(ada, new_client)
    await database.change_user(ADA, f"is_verified = {verified}")

    await reset(ada, await forget(ada, post))

    assert (await program.get("/users/me")).status_code == status


async def test_the_logins_of_others_stay(
    client: AsyncClient, bob: AsyncClient, mailed: str
) -> None:
    await reset(client, mailed)

    assert (await bob.get("/users/me")).status_code == 200


async def test_nobody_is_signed_in_by_it(client: AsyncClient, mailed: str) -> None:
    await reset(client, mailed)

    assert (await client.get("/users/me")).status_code == 401


async def test_the_owner_is_told(
    client: AsyncClient, post: Mailbox, mailed: str
) -> None:
    await reset(client, mailed)

    assert (await subjects(post, ADA))[-1] == CHANGED
    assert len(await tokens(post, RESET, ADA)) == 1


async def test_who_changes_the_password_is_told_too(
    ada: AsyncClient, post: Mailbox
) -> None:
    await change_password(ada, PASSWORD, OTHER_PASSWORD)

    assert await subjects(post, ADA) == [CHANGED]


async def test_opening_the_link_changes_nothing(
    client: AsyncClient, mailed: str
) -> None:
    await client.get(f"{RESET}?token={mailed}")
    await client.get(f"/auth/password/reset?token={mailed}")

    assert (await sign_in(client, ADA, PASSWORD)).status_code == 200
    assert (await reset(client, mailed)).status_code == 204


async def test_a_link_works_once(client: AsyncClient, mailed: str) -> None:
    await reset(client, mailed)

    assert code_of(await reset(client, mailed, "yet another one, long")) == INVALID
    assert (await sign_in(client, ADA, OTHER_PASSWORD)).status_code == 200


async def test_of_simultaneous_uses_one_succeeds(
    client: AsyncClient, mailed: str
) -> None:
    new = [f"{OTHER_PASSWORD} {n}" for n in range(AT_ONCE)]

    answers = await gather(*[reset(client, mailed, each) for each in new])

    assert sorted(answer.status_code for answer in answers) == [204] + [400] * 9


async def test_a_link_works_for_an_hour(
    clock: Traveller, client: AsyncClient, post: Mailbox
) -> None:
    await add_account(ADA)
    await add_account(BOB)
    adas, bobs = await forget(client, post, ADA), await forget(client, post, BOB)

    clock.shift(timedelta(hours=1, seconds=-1))
    in_time = await reset(client, adas)
    clock.shift(timedelta(seconds=1))
    late = await reset(client, bobs)

    assert in_time.status_code == 204
    assert code_of(late) == INVALID


async def test_a_newer_link_ends_the_older(
    client: AsyncClient, post: Mailbox, mailed: str
) -> None:
    newer = await forget(client, post)

    assert code_of(await reset(client, mailed)) == INVALID
    assert (await reset(client, newer)).status_code == 204


async def test_links_for_other_things_stay_good(
    client: AsyncClient, post: Mailbox, mailed: str
) -> None:
    await ask_to_verify(client)

    await reset(client, mailed)

    assert (await verify(client, await token(post, VERIFY))).status_code == 204


async def test_a_link_for_something_else_is_refused(
    ada: AsyncClient, post: Mailbox
) -> None:
    await ask_to_verify(ada)
    await change_email(ada, BOB)

    assert code_of(await reset(ada, await token(post, VERIFY))) == INVALID
    assert code_of(await reset(ada, await token(post, CONFIRM, BOB))) == INVALID


@pytest.mark.parametrize("forged", ["", "x", "mt_" + "A" * 64, "x" * 60_000])
async def test_what_was_never_mailed_is_refused(
    client: AsyncClient, mailed: str, forged: str
) -> None:
    assert code_of(await reset(client, forged)) == INVALID


async def test_a_weak_password_is_refused_and_the_link_stays_good(
    client: AsyncClient, mailed: str
) -> None:
    refused = await reset(client, mailed, WEAK)

    assert code_of(refused) == (422, "weak_password")
    assert "15 characters" in refused.json()["detail"]
    assert (await reset(client, mailed)).status_code == 204


async def test_a_user_who_is_not_active_resets_nothing(
    client: AsyncClient, mailed: str
) -> None:
    await database.change_user(ADA, "is_active = false")

    assert code_of(await reset(client, mailed)) == INVALID
    assert code_of(await reset(client, mailed, WEAK)) == INVALID


async def test_the_link_of_an_account_that_is_gone_is_refused(
    client: AsyncClient, mailed: str
) -> None:
    await database.empty()

    assert code_of(await reset(client, mailed)) == INVALID


MEANWHILE: dict[str, Act] = {
    "disabled": partial(database.change_user, ADA, "is_active = false"),
    "deleted": database.empty,
}


@pytest.mark.parametrize("act", MEANWHILE.values(), ids=MEANWHILE)
async def test_whose_right_ends_while_the_new_password_is_hashed_changes_nothing(
    client: AsyncClient,
    mailed: str,
    while_hashing: Callable[..., None],
    act: Act,
) -> None:
    while_hashing(act, compute)
    before = await database.run("SELECT password_hash FROM users")

    answer = await reset(client, mailed)

    assert code_of(answer) == INVALID
    assert await database.run("SELECT password_hash FROM users") in ([], before)


async def test_a_change_of_password_ends_the_link(
    ada: AsyncClient, post: Mailbox
) -> None:
    mailed = await forget(ada, post)

    await change_password(ada, PASSWORD, OTHER_PASSWORD)

    assert code_of(await reset(ada, mailed, PASSWORD)) == INVALID


async def test_a_reset_ends_a_change_of_address_that_waits(
    ada: AsyncClient, post: Mailbox
) -> None:
    await change_email(ada, "thief@example.net")
    waiting = await token(post, CONFIRM, "thief@example.net")

    await reset(ada, await forget(ada, post))

    assert code_of(await confirm(ada, waiting)) == INVALID


@pytest.mark.parametrize("case", ["active", "disabled", "unknown"])
async def test_the_answer_tells_nothing(client: AsyncClient, case: str) -> None:
    await add_account(ADA)
    await database.change_user(ADA, f"is_active = {case != 'disabled'}")

    answer = await ask_to_reset(client, BOB if case == "unknown" else ADA)

    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})


async def test_who_has_no_active_account_gets_no_mail(
    client: AsyncClient, post: Mailbox
) -> None:
    await add_account(ADA)
    await database.change_user(ADA, "is_active = false")

    await ask_to_reset(client, ADA)
    await ask_to_reset(client, BOB)

    assert await subjects(post, ADA) == await subjects(post, BOB) == []


@pytest.mark.parametrize("email", [ADA, BOB])
@pytest.mark.parametrize("ask", [ask_to_reset, ask_to_verify])
async def test_whether_there_is_an_account_is_looked_up_after_the_answer(
    client: AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    ask: Callable[[AsyncClient, str], Any],
    email: str,
) -> None:
    await add_account(ADA)
    answered = Event()

    async def wait(*_: object) -> None:
        await answered.wait()

    monkeypatch.setattr(users, "find_credentials", wait)

    answer = await ask(client, email)

    assert answer.status_code == 202
    answered.set()
    await finish(seconds=60)


@pytest.mark.parametrize("ask", [ask_to_reset, ask_to_verify])
async def test_who_is_disabled_meanwhile_gets_no_link(
    client: AsyncClient,
    post: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
    ask: Callable[[AsyncClient, str], Any],
) -> None:
    await add_account(ADA)

    async def disable_first(address: str) -> bool:
        await database.change_user(ADA, "is_active = false")
        return True

    for module in ("passwords", "email_verification"):
        monkeypatch.setattr(f"app.services.{module}.may_mail", disable_first)

    await ask(client, ADA)

    assert await subjects(post, ADA) == []


async def test_an_address_gets_three_mails_an_hour(
    clock: Traveller, client: AsyncClient, post: Mailbox
) -> None:
    await add_account(ADA)

    answers = [await ask_to_reset(client) for _ in range(5)]

    assert {answer.status_code for answer in answers} == {202}
    assert len(await tokens(post, RESET, ADA)) == 3
    clock.shift(timedelta(hours=1, seconds=1))
    await ask_to_reset(client)
    assert len(await tokens(post, RESET, ADA)) == 4


async def test_what_mails_nothing_keeps_no_mail_from_its_owner(
    client: AsyncClient, post: Mailbox
) -> None:
    for _ in range(5):
        await ask_to_reset(client)
    await finish(seconds=60)
    await add_account(ADA)
    await database.change_user(ADA, "is_verified = true")
    for _ in range(5):
        await ask_to_verify(client)

    await ask_to_reset(client)

    assert len(await tokens(post, RESET, ADA)) == 1


async def test_the_newest_of_the_mails_that_were_sent_stays_good(
    client: AsyncClient, post: Mailbox
) -> None:
    await add_account(ADA)
    for _ in range(5):
        await ask_to_reset(client)

    assert (await reset(client, await token(post, RESET))).status_code == 204


async def test_links_lead_to_the_service_whatever_host_is_asked_for(
    client: AsyncClient, post: Mailbox
) -> None:
    await add_account(ADA)
    hosts = {"Host": "a.example.net", "X-Forwarded-Host": "b.example.net"}
    client.headers.update(hosts)

    await forget(client, post)

    assert b"example.net" not in post.raw[0]


async def test_what_is_not_kept_is_not_mailed(
    client: AsyncClient, post: Mailbox
) -> None:
    await add_account(ADA)

    async with database.without("events"):
        await ask_to_reset(client)
        await finish(seconds=60)

    assert await subjects(post, ADA) == []
    assert await database.run("SELECT * FROM mail_tokens") == []


async def test_the_token_is_kept_as_a_hash_alone(
    client: AsyncClient, mailed: str
) -> None:
    kept = await database.dump()

    assert "reset_password" in kept
    assert mailed.removeprefix("mt_") not in kept


async def test_a_link_that_went_to_a_former_address_is_refused(
    client: AsyncClient, mailed: str
) -> None:
    # As when the mail was being made while the new address was confirmed.
    await database.change_user(ADA, f"email = '{BOB}'")

    assert code_of(await reset(client, mailed)) == (400, "invalid_token")


async def test_a_weak_password_is_named_as_it_was_sent(
    client: AsyncClient, mailed: str
) -> None:
    answer = await reset(client, mailed, "too short")

    assert answer.json()["errors"][0]["loc"] == ["body", "new_password"]


async def test_there_is_one_token_for_each_purpose(ada: AsyncClient) -> None:
    for _ in range(3):
        await ask_to_reset(ada)
        await change_email(ada, BOB)
        await finish(seconds=60)

    purposes = await database.run("SELECT purpose FROM mail_tokens ORDER BY purpose")

    assert purposes == [("change_email",), ("reset_password",)]
