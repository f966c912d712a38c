"""FastAPI with a route that returns the model and asks for nothing: what there is to lose."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class User(BaseModel):
    id: UUID
    email: str
    name: str | None
    is_active: bool
    is_verified: bool
    scopes: list[str]
    created_at: datetime
    updated_at: datetime


ADA = User(
    id=uuid4(),
    email="ada@example.com",
    name=None,
    is_active=True,
    is_verified=False,
    scopes=[],
    created_at=datetime.now(UTC),
    updated_at=datetime.now(UTC),
)


@app.get("/users/me")
async def read_me() -> User:
    return ADA
