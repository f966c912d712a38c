"""REQUIRE_VERIFIED_EMAIL: nobody signs in with an address that is not shown to be theirs."""

import pytest
from httpx2 import AsyncClient

from app.later import finish
from app.services import operators
from app.settings import settings
from tests import database
from tests.access.signing_in import sign_in
from tests.conftest import add_account
from tests.links import RESET, VERIFY, ask_to_reset, reset, token, tokens, verify
from tests.mailbox import Mailbox
from tests.people import ADA, OTHER_PASSWORD, PASSWORD, code_of, register

NOT_VERIFIED = (403, "email_not_verified")


@pytest.fixture(autouse=True)
def required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "require_verified_email", True)


async def test_an_unverified_address_does_not_sign_in(client: AsyncClient) -> None:
    await add_account(ADA)

    answer = await sign_in(client, ADA, PASSWORD)

    assert code_of(answer) == NOT_VERIFIED
    assert (await client.get("/users/me")).status_code == 401
    assert await database.run("SELECT * FROM logins") == []


async def test_a_new_link_is_mailed(client: AsyncClient, post: Mailbox) -> None:
    await register(client)
    older = await token(post, VERIFY)

    await sign_in(client, ADA, PASSWORD)

    newer = await token(post, VERIFY)
    assert newer != older
    assert (await verify(client, newer)).status_code == 204


async def test_a_verified_address_signs_in(client: AsyncClient, post: Mailbox) -> None:
    await register(client)

    await verify(client, await token(post, VERIFY))

    assert (await sign_in(client, ADA, PASSWORD)).status_code == 200


async def test_only_who_has_the_password_is_told(
    client: AsyncClient, post: Mailbox
) -> None:
    await add_account(ADA)

    wrong = await sign_in(client, ADA, OTHER_PASSWORD)
    unknown = await sign_in(client, "nobody@example.com", PASSWORD)

    assert code_of(wrong) == code_of(unknown) == (401, "invalid_credentials")
    assert await tokens(post, VERIFY, ADA) == []


async def test_who_is_not_active_is_not_told(client: AsyncClient) -> None:
    await add_account(ADA)
    await database.change_user(ADA, "is_active = false")

    answer = await sign_in(client, ADA, PASSWORD)

    assert code_of(answer) == (401, "invalid_credentials")


async def test_a_reset_of_the_password_is_no_verification_of_its_own(
    client: AsyncClient, post: Mailbox
) -> None:
    await add_account(ADA)
    await ask_to_reset(client)
    await reset(client, await token(post, RESET))

    answer = await sign_in(client, ADA, OTHER_PASSWORD)

    assert code_of(answer) == NOT_VERIFIED


async def test_whom_an_operator_adds_signs_in(client: AsyncClient) -> None:
    await operators.create_user(ADA, PASSWORD, None, [])

    assert (await sign_in(client, ADA, PASSWORD)).status_code == 200


async def test_trying_again_and_again_sends_three_mails_an_hour(
    client: AsyncClient, post: Mailbox
) -> None:
    await add_account(ADA)

    for _ in range(5):
        assert code_of(await sign_in(client, ADA, PASSWORD)) == NOT_VERIFIED
        await finish(seconds=60)

    assert len(await tokens(post, VERIFY, ADA)) == 3
