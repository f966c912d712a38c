"""An API key beside the session cookie."""

from httpx2 import AsyncClient

from tests.keys import create_key
from tests.people import ADA, BOB, code_of


async def test_a_key_counts_and_the_cookie_beside_it_does_not(
    ada: AsyncClient, bob: AsyncClient
) -> None:
    key = (await create_key(ada)).json()["key"]

    answer = await bob.get("/users/me", headers={"X-API-Key": key})

    assert answer.json()["email"] == ADA
    assert (await bob.get("/users/me")).json()["email"] == BOB


async def test_a_bad_key_is_not_made_good_by_a_cookie(ada: AsyncClient) -> None:
    answer = await ada.get("/users/me", headers={"X-API-Key": "ak_x"})

    assert code_of(answer) == (401, "not_authenticated")
    assert "set-cookie" not in answer.headers
