"""One's own account."""

from fastapi import APIRouter, status

from app.access import ByLogin, SignedIn
from app.records import User
from app.schemas import CurrentPassword, ProfileChange, UserAnswer
from app.services import accounts
from app.store.database import Database

router = APIRouter(prefix="/users/me", tags=["account"])


@router.get("", response_model=UserAnswer)
async def read_me(caller: SignedIn) -> User:
    return caller.user


@router.patch("", response_model=UserAnswer)
async def change_me(sent: ProfileChange, caller: SignedIn, db: Database) -> User:
    if not sent.model_fields_set:
        return caller.user
    return await accounts.rename(db, caller, sent.name)


@router.delete("", status_code=status.HTTP_204_NO_CONTENT)
async def delete_me(sent: CurrentPassword, caller: ByLogin) -> None:
    await accounts.delete(caller, sent.current_password)
