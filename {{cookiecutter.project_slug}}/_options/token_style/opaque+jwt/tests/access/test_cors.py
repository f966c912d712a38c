"""Other sites' pages, which send a token by themselves or not at all."""

from httpx2 import AsyncClient

from tests.serving import served

ANYONE = "https://app.example.com"


async def test_every_site_may_read_where_browsers_add_nothing() -> None:
    with served({"CORS_ORIGINS": "*"}) as service:
        async with AsyncClient(base_url=service.url, timeout=60) as client:
            answer = await client.get("/users/me", headers={"Origin": ANYONE})

    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
