"""Register an account."""

import pytest
from httpx2 import AsyncClient

from tests.people import ADA, PASSWORD, code_of, register


async def test_a_new_account_is_answered(client: AsyncClient) -> None:
    answer = await register(client, ADA, name="Ada")

    assert answer.status_code == 201
    user = answer.json()
    assert set(user) == {
        "id",
        "email",
        "name",
        "is_active",
        "is_verified",
        "scopes",
        "created_at",
        "updated_at",
    }
    assert (user["email"], user["name"]) == (ADA, "Ada")
    assert user["scopes"] == ["authenticated"]
    assert user["created_at"].endswith("Z")


async def test_an_address_registers_once(client: AsyncClient) -> None:
    await register(client, ADA)

    assert code_of(await register(client, ADA)) == (409, "email_taken")


async def test_an_address_is_trimmed_and_lowered(client: AsyncClient) -> None:
    assert (await register(client, " Ada@Example.COM ")).json()["email"] == ADA
    assert (await register(client, ADA)).status_code == 409


@pytest.mark.parametrize(
    "email", ["", "ada", "ada@", "@example.com", "a b@example.com"]
)
async def test_what_is_no_address_is_refused(client: AsyncClient, email: str) -> None:
    assert code_of(await register(client, email)) == (422, "validation_error")


@pytest.mark.parametrize(
    ("length", "status"), [(14, 422), (15, 201), (256, 201), (257, 422)]
)
async def test_a_password_has_15_to_256_characters(
    client: AsyncClient, length: int, status: int
) -> None:
    password = (PASSWORD * 13)[:length]

    assert (await register(client, ADA, password)).status_code == status


async def test_a_weak_password_is_refused_with_the_reason(client: AsyncClient) -> None:
    answer = await register(client, ADA, "too short")

    assert code_of(answer) == (422, "weak_password")
    assert "15 characters" in answer.json()["detail"]


async def test_length_is_counted_after_composing(client: AsyncClient) -> None:
    decomposed = "e\u0301" * 14

    assert code_of(await register(client, ADA, decomposed)) == (422, "weak_password")


async def test_a_member_that_nobody_asked_for_is_refused(client: AsyncClient) -> None:
    answer = await register(client, ADA, PASSWORD, scopes=["super"])

    assert code_of(answer) == (422, "validation_error")
