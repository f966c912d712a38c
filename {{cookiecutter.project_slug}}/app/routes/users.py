"""The accounts of others, for administrators."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from app.access import requires
from app.emails import LONGEST_EMAIL
from app.records import Caller, Page, User
from app.schemas import Text, UserAnswer, UserChange, UserPage
from app.scopes import ADMIN
from app.services import administration
from app.store.database import Database

router = APIRouter(prefix="/users", tags=["administration"])

Admin = Annotated[Caller, requires(ADMIN)]


@router.get("", response_model=UserPage)
async def list_users(
    caller: Admin,
    db: Database,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Text | None = None,
    email: Annotated[Text, Query(max_length=LONGEST_EMAIL)] = "",
) -> Page[User]:
    return await administration.list_users(db, email, cursor, limit)


@router.get("/{user_id}", response_model=UserAnswer)
async def read_user(user_id: UUID, caller: Admin, db: Database) -> User:
    return await administration.get_user(db, user_id)


@router.patch("/{user_id}", response_model=UserAnswer)
async def change_user(user_id: UUID, sent: UserChange, caller: Admin) -> User:
    changes = sent.model_dump(exclude_unset=True)
    return await administration.change_user(caller, user_id, changes)


@router.delete("/{user_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_user(user_id: UUID, caller: Admin) -> None:
    await administration.delete_user(caller, user_id)


@router.delete("/{user_id}/logins", status_code=status.HTTP_204_NO_CONTENT)
async def end_logins(user_id: UUID, caller: Admin) -> None:
    await administration.end_logins(caller, user_id)
