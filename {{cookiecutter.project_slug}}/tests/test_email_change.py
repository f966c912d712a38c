"""Move an account to another address, which is confirmed from there."""

from asyncio import gather
from datetime import timedelta

import pytest
from httpx2 import AsyncClient
from time_machine import Traveller

from app.settings import settings
from tests import database
from tests.access.signing_in import sign_in
from tests.conftest import NewClient, add_account, signed_in
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
)
from tests.mailbox import Mailbox
from tests.people import ADA, BOB, PASSWORD, change_email, code_of

NEW = "ada@new.example.org"
AT_ONCE = 10
INVALID = (400, "invalid_token")
ABOUT_TO_CHANGE = f"Your address for {settings.service_name} is about to change"
HAS_CHANGED = f"Your address for {settings.service_name} has changed"


async def addresses() -> list[str]:
    found = await database.run("SELECT email FROM users ORDER BY email")
    return [email for (email,) in found]


@pytest.fixture
async def mailed(ada: AsyncClient, post: Mailbox) -> str:
    """A token that was mailed to Ada's new address."""
    await change_email(ada, NEW)
    return await token(post, CONFIRM, NEW)


async def test_asking_changes_nothing_yet(ada: AsyncClient, post: Mailbox) -> None:
    before = await database.run("SELECT * FROM users")

    answer = await change_email(ada, NEW)

    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
    assert await database.run("SELECT * FROM users") == before


async def test_the_new_address_is_kept_with_its_token(
    ada: AsyncClient, mailed: str
) -> None:
    assert await database.run("SELECT email FROM mail_tokens") == [(NEW,)]


async def test_the_link_goes_to_the_new_address_alone(
    post: Mailbox, mailed: str
) -> None:
    assert await tokens(post, CONFIRM, NEW) == [mailed]
    assert await tokens(post, CONFIRM, ADA) == []


async def test_the_old_address_is_told_before_and_after(
    ada: AsyncClient, post: Mailbox, mailed: str
) -> None:
    await confirm(ada, mailed)

    assert await subjects(post, ADA) == [ABOUT_TO_CHANGE, HAS_CHANGED]


async def test_the_new_address_signs_in_and_the_old_does_not(
    ada: AsyncClient, mailed: str, new_client: NewClient
) -> None:
    answer = await confirm(ada, mailed)

    client = await new_client()
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await sign_in(client, ADA, PASSWORD)).status_code == 401
    assert (await sign_in(client, NEW, PASSWORD)).status_code == 200


async def test_the_new_address_is_verified(ada: AsyncClient, mailed: str) -> None:
    await confirm(ada, mailed)

    me = (await ada.get("/users/me")).json()
    assert (me["email"], me["is_verified"]) == (NEW, True)


async def test_it_needs_no_login(client: AsyncClient, mailed: str) -> None:
    assert (await confirm(client, mailed)).status_code == 204


async def test_opening_the_link_changes_nothing(ada: AsyncClient, mailed: str) -> None:
    await ada.get(f"{CONFIRM}?token={mailed}")
    await ada.get(f"/auth/email/change/confirm?token={mailed}")

    assert await addresses() == [ADA]
    assert (await confirm(ada, mailed)).status_code == 204


async def test_a_wrong_password_asks_for_nothing(
    ada: AsyncClient, post: Mailbox
) -> None:
    answer = await change_email(ada, NEW, "a wrong password")

    assert code_of(answer) == (403, "wrong_password")
    assert await subjects(post, NEW) == await subjects(post, ADA) == []


async def test_a_link_works_once(ada: AsyncClient, mailed: str) -> None:
    await confirm(ada, mailed)

    assert code_of(await confirm(ada, mailed)) == INVALID


async def test_of_simultaneous_uses_one_succeeds(
    client: AsyncClient, mailed: str
) -> None:
    answers = await gather(*[confirm(client, mailed) for _ in range(AT_ONCE)])

    assert sorted(answer.status_code for answer in answers) == [204] + [400] * 9


async def test_of_two_who_move_to_one_address_one_succeeds(
    ada: AsyncClient, bob: AsyncClient, post: Mailbox
) -> None:
    await change_email(ada, NEW)
    await change_email(bob, NEW)
    both = await tokens(post, CONFIRM, NEW)

    answers = await gather(*[confirm(ada, each) for each in both])

    assert sorted(answer.status_code for answer in answers) == [204, 409]


@pytest.mark.parametrize(("hours", "status"), [(23.9, 204), (24, 400)])
async def test_a_link_works_for_24_hours(
    clock: Traveller, client: AsyncClient, mailed: str, hours: float, status: int
) -> None:
    clock.shift(timedelta(hours=hours))

    assert (await confirm(client, mailed)).status_code == status


async def test_a_newer_link_ends_the_older(
    ada: AsyncClient, post: Mailbox, mailed: str
) -> None:
    await change_email(ada, BOB)

    assert code_of(await confirm(ada, mailed)) == INVALID
    assert (await confirm(ada, await token(post, CONFIRM, BOB))).status_code == 204
    assert await addresses() == [BOB]


async def test_a_link_for_something_else_is_refused(
    ada: AsyncClient, post: Mailbox
) -> None:
    await ask_to_reset(ada)
    await ask_to_verify(ada)

    assert code_of(await confirm(ada, await token(post, RESET))) == INVALID
    assert code_of(await confirm(ada, await token(post, VERIFY))) == INVALID


async def test_a_taken_address_is_told_only_to_who_holds_its_mailbox(
    ada: AsyncClient, bob: AsyncClient, post: Mailbox
) -> None:
    asked = await change_email(ada, BOB)

    answer = await confirm(ada, await token(post, CONFIRM, BOB))

    assert asked.status_code == 202
    assert code_of(answer) == (409, "email_taken")
    assert await addresses() == [ADA, BOB]


async def test_a_link_stays_good_while_the_address_is_taken(
    ada: AsyncClient, mailed: str
) -> None:
    await add_account(NEW)
    taken = await confirm(ada, mailed)
    await database.change_user(NEW, f"email = '{BOB}'")

    answer = await confirm(ada, mailed)

    assert [taken.status_code, answer.status_code] == [409, 204]


async def test_a_user_who_is_not_active_moves_nowhere(
    ada: AsyncClient, mailed: str
) -> None:
    await database.change_user(ADA, "is_active = false")

    assert code_of(await confirm(ada, mailed)) == INVALID
    assert await addresses() == [ADA]


async def test_what_was_mailed_to_the_old_address_ends(
    ada: AsyncClient, post: Mailbox, mailed: str
) -> None:
    await ask_to_reset(ada)
    to_old_address = await token(post, RESET)

    await confirm(ada, mailed)

    assert code_of(await reset(ada, to_old_address)) == INVALID


async def test_the_new_address_is_trimmed_and_lowered(
    ada: AsyncClient, post: Mailbox
) -> None:
    await change_email(ada, " Ada@NEW.example.org ")

    await confirm(ada, await token(post, CONFIRM, NEW))

    assert await addresses() == [NEW]


async def test_an_address_gets_three_mails_an_hour_whoever_asks(
    new_client: NewClient, post: Mailbox
) -> None:
    for n in range(4):
        client = await signed_in(await new_client(), f"user{n}@example.com")
        assert (await change_email(client, NEW)).status_code == 202

    assert len(await tokens(post, CONFIRM, NEW)) == 3
    assert await subjects(post, "user3@example.com") == []


async def test_what_is_not_kept_is_not_mailed(ada: AsyncClient, post: Mailbox) -> None:
    async with database.without("events"):
        answer = await change_email(ada, NEW)

    assert answer.status_code == 500
    assert await subjects(post, NEW) == await subjects(post, ADA) == []


async def test_links_lead_to_the_service_whatever_host_is_asked_for(
    ada: AsyncClient, post: Mailbox
) -> None:
    headers = {"X-Forwarded-Host": "stranger.example.net"}
    content = {"new_email": NEW, "current_password": PASSWORD}

    await ada.post("/auth/email/change", json=content, headers=headers)

    assert await token(post, CONFIRM, NEW)
    assert b"stranger" not in b"".join(post.raw)


async def test_the_token_is_kept_as_a_hash_alone(mailed: str) -> None:
    assert mailed.removeprefix("mt_") not in await database.dump()
