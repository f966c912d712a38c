"""Change the address of one's account."""

from fastapi import APIRouter, status

from app.access import ByLogin
from app.schemas import Accepted, EmailChange, MailedToken
from app.services import email_change

router = APIRouter(prefix="/auth/email/change", tags=["account"])


@router.post("", status_code=status.HTTP_202_ACCEPTED)
async def request_change(sent: EmailChange, caller: ByLogin) -> Accepted:
    await email_change.request(caller, sent.new_email, sent.current_password)
    return Accepted()


@router.post("/confirm", status_code=status.HTTP_204_NO_CONTENT)
async def confirm_change(sent: MailedToken) -> None:
    await email_change.confirm(sent.token)
