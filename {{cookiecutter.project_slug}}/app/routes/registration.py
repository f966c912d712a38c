"""Register an account and verify its address."""

from fastapi import APIRouter, Response, status

from app.records import User
from app.schemas import Accepted, Address, MailedToken, Registration, UserAnswer
from app.services import accounts, email_verification
from app.settings import settings

router = APIRouter(prefix="/auth", tags=["account"])


@router.post(
    "/register",
    status_code=status.HTTP_201_CREATED,
    response_model=UserAnswer | Accepted,
    responses={status.HTTP_202_ACCEPTED: {"model": Accepted}},
)
async def register(sent: Registration, response: Response) -> User | Accepted:
    """With HIDE_REGISTERED_EMAILS the answer is 202, whoever has the address."""
    if settings.hide_registered_emails:
        await accounts.register_in_secret(sent.email, sent.password, sent.name)
        response.status_code = status.HTTP_202_ACCEPTED
        return Accepted()
    return await accounts.register(sent.email, sent.password, sent.name)


@router.post("/email/verify", status_code=status.HTTP_204_NO_CONTENT)
async def verify_email(sent: MailedToken) -> None:
    await email_verification.verify(sent.token)


@router.post("/email/verify/resend", status_code=status.HTTP_202_ACCEPTED)
async def resend_verification(sent: Address) -> Accepted:
    email_verification.resend(sent.email)
    return Accepted()
