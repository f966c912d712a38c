"""Where one is signed in."""

from uuid import UUID

from fastapi import APIRouter, status

from app.access import ByLogin
from app.schemas import LoginAnswer
from app.services import logins
from app.store.database import Database

router = APIRouter(prefix="/auth/logins", tags=["logins"])


@router.get("")
async def list_logins(caller: ByLogin, db: Database) -> list[LoginAnswer]:
    return [
        LoginAnswer.of(login, current=login.id == caller.login.id)
        for login in await logins.list_of(db, caller)
    ]


@router.delete("/{login_id}", status_code=status.HTTP_204_NO_CONTENT)
async def end_login(login_id: UUID, caller: ByLogin, db: Database) -> None:
    await logins.end(db, caller, login_id)


@router.delete("", status_code=status.HTTP_204_NO_CONTENT)
async def end_other_logins(caller: ByLogin, db: Database) -> None:
    await logins.end_others(db, caller)
