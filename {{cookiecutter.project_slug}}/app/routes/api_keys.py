"""API keys of one's own."""

from uuid import UUID

from fastapi import APIRouter, status

from app.access import ByLogin
from app.records import ApiKey
from app.schemas import ApiKeyAnswer, NewApiKey, NewApiKeyAnswer
from app.services import api_keys
from app.store.database import Database

router = APIRouter(prefix="/auth/api-keys", tags=["API keys"])


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_key(sent: NewApiKey, caller: ByLogin, db: Database) -> NewApiKeyAnswer:
    """The answer holds the key itself, this once."""
    api_key, key = await api_keys.create(
        db, caller, sent.name, sent.scopes, sent.expires_in
    )
    return NewApiKeyAnswer.of(api_key, key)


@router.get("", response_model=list[ApiKeyAnswer])
async def list_keys(caller: ByLogin, db: Database) -> list[ApiKey]:
    return await api_keys.list_of(db, caller)


@router.delete("/{key_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_key(key_id: UUID, caller: ByLogin, db: Database) -> None:
    await api_keys.remove(db, caller, key_id)
