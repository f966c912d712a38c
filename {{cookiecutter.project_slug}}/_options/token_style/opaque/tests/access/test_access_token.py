"""What an access token proves."""

from uuid import UUID

from httpx2 import AsyncClient

from app.access.credential import PREFIX
from app.settings import settings
from app.tokens import new_token
from tests.access.signing_in import carry, sign_in
from tests.people import ADA, PASSWORD, code_of, register


async def test_a_token_tells_how_long_it_lasts_unused(client: AsyncClient) -> None:
    await register(client)

    answer = await sign_in(client, ADA, PASSWORD)

    assert answer.json()["expires_in"] == settings.login_idle_minutes * 60


async def test_who_knows_the_id_of_a_login_cannot_use_it(
    ada: AsyncClient, client: AsyncClient
) -> None:
    (login,) = (await ada.get("/auth/logins")).json()

    carry(client, new_token(PREFIX, UUID(login["id"])).text)

    assert code_of(await client.get("/users/me")) == (401, "not_authenticated")
