"""Sign in with an email and a password."""

from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from httpx2 import AsyncClient, Response

from app.password_hashing import compute, verify
from app.passwords import unknown_account_hash
from tests import database
from tests.access.signing_in import sign_in
from tests.conftest import Act, NewClient, add_account
from tests.password_hashing.outdated import outdated_hash
from tests.people import (
    ADA,
    BOB,
    OTHER_PASSWORD,
    PASSWORD,
    change_email,
    change_password,
    code_of,
    register,
)

CANNOT_SIGN_IN = {
    "unknown": ("nobody@example.com", PASSWORD),
    "wrong password": (ADA, OTHER_PASSWORD),
    "disabled": (BOB, PASSWORD),
    "no address": ("ada", PASSWORD),
    "empty": ("", ""),
    "huge password": (ADA, "x" * 60_000),
    "password of no account": ("nobody@example.com", "the password of no account"),
}


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hashes that a password was checked against: the work behind an answer."""
    hashes = []

    def verify_and_note(password: str, known_hash: str) -> tuple[bool, str | None]:
        hashes.append(known_hash)
        return verify(password, known_hash)

    monkeypatch.setattr("app.passwords.verify", verify_and_note)
    return hashes


@pytest.fixture
async def two_accounts(client: AsyncClient) -> None:
    """The account of Ada, and that of Bob, which is disabled."""
    await add_account(ADA)
    await add_account(BOB)
    await database.change_user(BOB, "is_active = false")


async def test_who_knows_the_password_is_signed_in(client: AsyncClient) -> None:
    await add_account(ADA)

    assert (await sign_in(client, ADA, PASSWORD)).status_code == 200
    assert (await client.get("/users/me")).json()["email"] == ADA


async def test_the_address_may_be_typed_in_another_case(client: AsyncClient) -> None:
    await add_account(ADA)

    assert (await sign_in(client, " ADA@Example.com ", PASSWORD)).status_code == 200


async def test_an_address_that_is_not_in_ascii_signs_in(client: AsyncClient) -> None:
    await register(client, "Ünï@exämple.com")

    assert (await sign_in(client, "üNÏ@EXÄMPLE.COM", PASSWORD)).status_code == 200


async def test_a_password_may_be_typed_on_another_keyboard(client: AsyncClient) -> None:
    composed, decomposed = "in the caf\u00e9 at nine", "in the cafe\u0301 at nine"
    await register(client, ADA, composed)
    await register(client, BOB, decomposed)

    assert (await sign_in(client, ADA, decomposed)).status_code == 200
    assert (await sign_in(client, BOB, composed)).status_code == 200


@pytest.mark.usefixtures("two_accounts")
async def test_whoever_cannot_sign_in_gets_one_answer(client: AsyncClient) -> None:
    answers = [await sign_in(client, *tried) for tried in CANNOT_SIGN_IN.values()]

    assert len({(a.status_code, a.text, tuple(a.headers)) for a in answers}) == 1
    assert code_of(answers[0]) == (401, "invalid_credentials")


@pytest.mark.usefixtures("two_accounts")
@pytest.mark.parametrize("tried", CANNOT_SIGN_IN.values(), ids=CANNOT_SIGN_IN)
async def test_whoever_cannot_sign_in_costs_one_hash(
    client: AsyncClient, checked: list[str], tried: tuple[str, str]
) -> None:
    await sign_in(client, *tried)

    assert len(checked) == 1


async def test_whoever_can_sign_in_costs_one_hash_too(
    client: AsyncClient, checked: list[str]
) -> None:
    await add_account(ADA)

    await sign_in(client, ADA, PASSWORD)

    assert len(checked) == 1


@pytest.mark.parametrize("email", [ADA, BOB])
async def test_after_five_failures_nothing_is_checked(
    client: AsyncClient, checked: list[str], email: str
) -> None:
    await add_account(ADA)
    failed = [await sign_in(client, email, OTHER_PASSWORD) for _ in range(5)]

    answer = await sign_in(client, email, PASSWORD)

    assert {each.status_code for each in failed} == {401}
    assert code_of(answer) == (429, "too_many_attempts")
    assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60
    assert len(checked) == 5


Guess = Callable[[AsyncClient, str], Awaitable[Response]]
CONFIRMED: dict[str, Guess] = {
    "a new password": lambda ada, tried: change_password(ada, tried, OTHER_PASSWORD),
    "a new address": lambda ada, tried: change_email(ada, BOB, tried),
    "a deletion": lambda ada, tried: ada.request(
        "DELETE", "/users/me", json={"current_password": tried}
    ),
}


@pytest.mark.parametrize("guess", CONFIRMED.values(), ids=CONFIRMED)
async def test_what_takes_the_password_shares_the_limit(
    ada: AsyncClient, client: AsyncClient, checked: list[str], guess: Guess
) -> None:
    for _ in range(3):
        await sign_in(client, ADA, OTHER_PASSWORD)
    failed = [await guess(ada, OTHER_PASSWORD) for _ in range(2)]

    answer = await guess(ada, PASSWORD)

    assert {each.status_code for each in failed} == {403}
    assert code_of(answer) == (429, "too_many_attempts")
    assert len(checked) == 5


async def test_an_unknown_address_costs_a_hash_of_today(client: AsyncClient) -> None:
    fits, new_hash = verify("the password of no account", unknown_account_hash())

    assert fits
    assert new_hash is None


async def test_a_password_fits_only_as_a_whole(client: AsyncClient) -> None:
    password = (
        "Beyond seventy-two bytes some hashes read no further, "
        "so what follows there would count for nothing."
    )
    await register(client, ADA, password)

    assert (await sign_in(client, ADA, password[:72])).status_code == 401
    assert (await sign_in(client, ADA, password + "x")).status_code == 401
    assert (await sign_in(client, ADA, password.upper())).status_code == 401
    assert (await sign_in(client, ADA, password)).status_code == 200


@pytest.mark.parametrize("tried", [(ADA + "\0", PASSWORD), (ADA, PASSWORD + "\0")])
async def test_nul_is_refused(client: AsyncClient, tried: tuple[str, str]) -> None:
    await add_account(ADA)

    assert code_of(await sign_in(client, *tried)) == (422, "validation_error")


async def test_an_outdated_hash_is_replaced(client: AsyncClient) -> None:
    await add_account(ADA)
    outdated = outdated_hash(PASSWORD)
    await database.change_user(ADA, f"password_hash = '{outdated}'")

    assert (await sign_in(client, ADA, PASSWORD)).status_code == 200

    ((stored,),) = await database.run("SELECT password_hash FROM users")
    assert stored != outdated
    assert verify(PASSWORD, stored) == (True, None)


async def test_an_outdated_hash_stays_when_the_password_is_wrong(
    client: AsyncClient,
) -> None:
    await add_account(ADA)
    outdated = outdated_hash(PASSWORD)
    await database.change_user(ADA, f"password_hash = '{outdated}'")

    await sign_in(client, ADA, OTHER_PASSWORD)

    assert await database.run("SELECT password_hash FROM users") == [(outdated,)]


NEW_HASH = compute(OTHER_PASSWORD)
MEANWHILE: dict[str, Act] = {
    "disabled": partial(database.change_user, ADA, "is_active = false"),
    "changed": partial(database.change_user, ADA, f"password_hash = '{NEW_HASH}'"),
    "deleted": database.empty,
}


@pytest.mark.parametrize("act", MEANWHILE.values(), ids=MEANWHILE)
@pytest.mark.parametrize("make_hash", [compute, outdated_hash])
async def test_whose_right_ends_during_the_check_is_not_signed_in(
    client: AsyncClient,
    while_hashing: Callable[..., None],
    make_hash: Callable[[str], str],
    act: Act,
) -> None:
    await add_account(ADA)
    await database.change_user(ADA, f"password_hash = '{make_hash(PASSWORD)}'")
    while_hashing(act)

    answer = await sign_in(client, ADA, PASSWORD)

    assert code_of(answer) == (401, "invalid_credentials")
    assert await database.run("SELECT * FROM logins") == []


async def test_a_replaced_hash_never_undoes_a_change_of_password(
    client: AsyncClient, while_hashing: Callable[..., None]
) -> None:
    await add_account(ADA)
    await database.change_user(ADA, f"password_hash = '{outdated_hash(PASSWORD)}'")
    while_hashing(MEANWHILE["changed"])

    await sign_in(client, ADA, PASSWORD)

    assert await database.run("SELECT password_hash FROM users") == [(NEW_HASH,)]


async def test_each_sign_in_is_a_login_of_its_own(new_client: NewClient) -> None:
    one, other = await new_client(), await new_client()
    await add_account(ADA)
    await sign_in(one, ADA, PASSWORD)
    await sign_in(other, ADA, PASSWORD)

    assert len((await other.get("/auth/logins")).json()) == 2
