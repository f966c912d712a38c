"""Get back into an account whose password is forgotten."""

from fastapi import APIRouter, status

from app.schemas import Accepted, Address, PasswordReset
from app.services import passwords

router = APIRouter(prefix="/auth/password", tags=["account"])


@router.post("/forgot", status_code=status.HTTP_202_ACCEPTED)
async def forgot_password(sent: Address) -> Accepted:
    passwords.forgot(sent.email)
    return Accepted()


@router.post("/reset", status_code=status.HTTP_204_NO_CONTENT)
async def reset_password(sent: PasswordReset) -> None:
    await passwords.reset(sent.token, sent.new_password)
