"""Sign in and out, and change the password."""

from contextlib import suppress

from fastapi import APIRouter, status

from app.access.caller import ByLogin
from app.access.credential import TokenAnswer
from app.access.granting import sign_in_with_password
from app.errors import NotFound
from app.schemas import PasswordChange, SignInForm
from app.services import logins, passwords
from app.store.database import Database

router = APIRouter(prefix="/auth", tags=["sign in"])


@router.post("/login")
async def sign_in(sent: SignInForm) -> TokenAnswer:
    return await sign_in_with_password(
        sent.email, sent.password, remember=sent.remember
    )


@router.post("/logout", status_code=status.HTTP_204_NO_CONTENT)
async def sign_out(caller: ByLogin, db: Database) -> None:
    # Who asks twice at once is signed out all the same.
    with suppress(NotFound):
        await logins.end(db, caller, caller.login.id)


@router.post("/password/change", status_code=status.HTTP_204_NO_CONTENT)
async def change_password(sent: PasswordChange, caller: ByLogin) -> None:
    async with passwords.changing(caller, sent.current_password, sent.new_password):
        # A token is as good as its login, which stays.
        pass
