"""Sign in and out, and change the password."""

from fastapi import APIRouter, Request, status

from app.access import signing_in
from app.access.caller import ByLogin
from app.records import User
from app.schemas import PasswordChange, SignInForm, UserAnswer

router = APIRouter(prefix="/auth", tags=["sign in"])


@router.post("/login", response_model=UserAnswer)
async def sign_in(sent: SignInForm, request: Request) -> User:
    return await signing_in.sign_in_with_password(
        request, sent.email, sent.password, sent.remember
    )


@router.post("/logout", status_code=status.HTTP_204_NO_CONTENT)
async def sign_out(request: Request, caller: ByLogin) -> None:
    await signing_in.sign_out(request, caller)


@router.post("/password/change", status_code=status.HTTP_204_NO_CONTENT)
async def change_password(
    sent: PasswordChange, request: Request, caller: ByLogin
) -> None:
    await signing_in.change_password(
        request, caller, sent.current_password, sent.new_password
    )
