"""Verify that an address is one's own, by a link that is mailed there."""

from asyncio import gather
from datetime import timedelta

import pytest
from httpx2 import AsyncClient
from time_machine import Traveller

from app.settings import settings
from tests import database
from tests.conftest import add_account
from tests.links import (
    CONFIRM,
    RESET,
    VERIFY,
    ask_to_reset,
    ask_to_verify,
    subjects,
    token,
    tokens,
    verify,
)
from tests.mailbox import Mailbox
from tests.people import ADA, BOB, change_email, code_of, register

AT_ONCE = 10
INVALID = (400, "invalid_token")


async def is_verified(email: str = ADA) -> bool:
    ((found,),) = await database.run(
        f"SELECT is_verified FROM users WHERE email = '{email}'"  # noqa: S608  # words of our own
    )
    return bool(found)


async def test_who_registers_gets_a_link_that_verifies_the_address(
    client: AsyncClient, post: Mailbox
) -> None:
    await register(client)

    answer = await verify(client, await token(post, VERIFY))

    assert (answer.status_code, answer.content) == (204, b"")
    assert await is_verified()


async def test_an_address_is_not_verified_before(
    client: AsyncClient, post: Mailbox
) -> None:
    answer = await register(client)

    assert answer.json()["is_verified"] is False
    assert not await is_verified()


async def test_opening_the_link_changes_nothing(
    client: AsyncClient, post: Mailbox
) -> None:
    await register(client)
    mailed = await token(post, VERIFY)

    await client.get(f"{VERIFY}?token={mailed}")
    await client.get(f"/auth/email/verify?token={mailed}")

    assert not await is_verified()
    assert (await verify(client, mailed)).status_code == 204


async def test_a_link_works_once(client: AsyncClient, post: Mailbox) -> None:
    await register(client)
    mailed = await token(post, VERIFY)
    await verify(client, mailed)

    assert code_of(await verify(client, mailed)) == INVALID


async def test_of_simultaneous_uses_one_succeeds(
    client: AsyncClient, post: Mailbox
) -> None:
    await register(client)
    mailed = await token(post, VERIFY)

    answers = await gather(*[verify(client, mailed) for _ in range(AT_ONCE)])

    assert sorted(answer.status_code for answer in answers) == [204] + [400] * 9


async def test_a_link_works_for_24_hours(
    clock: Traveller, client: AsyncClient, post: Mailbox
) -> None:
    await register(client)
    await register(client, BOB)
    adas, bobs = await token(post, VERIFY, ADA), await token(post, VERIFY, BOB)

    clock.shift(timedelta(hours=24, seconds=-1))
    in_time = await verify(client, adas)
    clock.shift(timedelta(seconds=1))
    late = await verify(client, bobs)

    assert in_time.status_code == 204
    assert code_of(late) == INVALID
    assert not await is_verified(BOB)


async def test_a_newer_link_ends_the_older(client: AsyncClient, post: Mailbox) -> None:
    await register(client)
    older = await token(post, VERIFY)
    await ask_to_verify(client)
    newer = await token(post, VERIFY)

    answers = [await verify(client, older), await verify(client, newer)]

    assert [answer.status_code for answer in answers] == [400, 204]


async def test_of_links_that_are_asked_for_at_once_one_works(
    client: AsyncClient, post: Mailbox
) -> None:
    await add_account(ADA)

    await gather(*[ask_to_verify(client) for _ in range(3)])
    mailed = await tokens(post, VERIFY, ADA)
    answers = [await verify(client, each) for each in mailed]

    assert sorted(answer.status_code for answer in answers) == [204, 400, 400]


@pytest.mark.parametrize(
    "forged",
    ["", "mt_", "x", "mt_" + "A" * 64, "a.b.c", "mt_" + "\u00fc" * 64, "x" * 60_000],
)
async def test_what_was_never_mailed_is_refused(
    client: AsyncClient, forged: str
) -> None:
    await register(client)

    assert code_of(await verify(client, forged)) == INVALID


async def test_a_link_with_another_secret_is_refused(
    client: AsyncClient, post: Mailbox
) -> None:
    await register(client)
    mailed = await token(post, VERIFY)
    other = mailed[:-4] + ("AAAA" if mailed[-4:] != "AAAA" else "BBBB")

    assert code_of(await verify(client, other)) == INVALID
    assert (await verify(client, mailed)).status_code == 204


@pytest.mark.parametrize("page", [RESET, CONFIRM])
async def test_a_link_for_something_else_is_refused(
    ada: AsyncClient, post: Mailbox, page: str
) -> None:
    await ask_to_reset(ada)
    await change_email(ada, "new@example.com")
    to = "new@example.com" if page == CONFIRM else ADA

    assert code_of(await verify(ada, await token(post, page, to))) == INVALID


async def test_a_link_verifies_only_the_address_that_it_was_mailed_to(
    client: AsyncClient, post: Mailbox
) -> None:
    await register(client)
    mailed = await token(post, VERIFY)
    await database.change_user(ADA, f"email = '{BOB}'")

    assert code_of(await verify(client, mailed)) == INVALID
    assert not await is_verified(BOB)


async def test_a_user_who_is_not_active_verifies_nothing(
    client: AsyncClient, post: Mailbox
) -> None:
    await register(client)
    mailed = await token(post, VERIFY)
    await database.change_user(ADA, "is_active = false")

    assert code_of(await verify(client, mailed)) == INVALID
    assert not await is_verified()


@pytest.mark.parametrize("case", ["active", "verified", "disabled", "unknown"])
async def test_the_answer_to_asking_again_tells_nothing(
    client: AsyncClient, case: str
) -> None:
    await add_account(ADA)
    await database.change_user(ADA, f"is_verified = {case == 'verified'}")
    await database.change_user(ADA, f"is_active = {case != 'disabled'}")

    answer = await ask_to_verify(client, BOB if case == "unknown" else ADA)

    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})


@pytest.mark.parametrize(
    "state", ["is_verified = true", "is_active = false", f"email = '{BOB}'"]
)
async def test_who_needs_no_link_gets_none(
    client: AsyncClient, post: Mailbox, state: str
) -> None:
    await add_account(ADA)
    await database.change_user(ADA, state)

    await ask_to_verify(client)

    assert await subjects(post, ADA) == []


async def test_the_address_is_found_in_any_spelling(
    client: AsyncClient, post: Mailbox
) -> None:
    await add_account(ADA)

    await ask_to_verify(client, " Ada@Example.COM ")

    assert len(await tokens(post, VERIFY, ADA)) == 1


async def test_an_address_gets_three_mails_an_hour(
    clock: Traveller, client: AsyncClient, post: Mailbox
) -> None:
    await register(client)

    answers = [await ask_to_verify(client) for _ in range(5)]

    assert {answer.status_code for answer in answers} == {202}
    assert len(await tokens(post, VERIFY, ADA)) == 3
    clock.shift(timedelta(hours=1, seconds=1))
    await ask_to_verify(client)
    assert len(await tokens(post, VERIFY, ADA)) == 4


async def test_others_still_get_theirs(client: AsyncClient, post: Mailbox) -> None:
    await add_account(BOB)
    for email in [ADA] * 5 + [BOB]:
        await ask_to_verify(client, email)

    assert len(await tokens(post, VERIFY, BOB)) == 1


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "Forwarded"])
async def test_links_lead_to_the_service_whatever_host_is_asked_for(
    client: AsyncClient, post: Mailbox, header: str
) -> None:
    stranger = "stranger.example.net"
    client.headers[header] = f"host={stranger}" if header == "Forwarded" else stranger

    await register(client)

    assert await token(post, VERIFY)
    assert stranger.encode() not in b"".join(post.raw)
    assert f"{settings.public_url}{VERIFY}".encode() in post.raw[0]


async def test_an_account_that_is_not_kept_gets_no_mail(
    client: AsyncClient, post: Mailbox
) -> None:
    async with database.without("events"):
        answer = await register(client)

    assert answer.status_code == 500
    assert await subjects(post, ADA) == []


async def test_the_token_is_kept_as_a_hash_alone(
    client: AsyncClient, post: Mailbox
) -> None:
    await register(client)

    mailed = await token(post, VERIFY)

    kept = await database.dump()
    assert VERIFY.removeprefix("/").replace("-", "_") in kept
    assert mailed not in kept
    assert mailed.removeprefix("mt_") not in kept
