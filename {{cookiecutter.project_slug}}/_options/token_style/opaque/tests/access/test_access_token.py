"""What an access token proves."""

from uuid import UUID

from httpx2 import AsyncClient

from app.access.credential import PREFIX
from app.tokens import new_token
from tests.access.signing_in import carry
from tests.people import code_of


async def test_who_knows_the_id_of_a_login_cannot_use_it(
    ada: AsyncClient, client: AsyncClient
) -> None:
    (login,) = (await ada.get("/auth/logins")).json()

    carry(client, new_token(PREFIX, UUID(login["id"])).text)

    assert code_of(await client.get("/users/me")) == (401, "not_authenticated")
