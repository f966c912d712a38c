"""Sign in: check a password, then start a login."""

from uuid import UUID

from app import context
from app.clock import now
from app.commits import after_commit
from app.emails import LONGEST_EMAIL, as_email
from app.errors import EmailNotVerified, InvalidCredentials, Problem
from app.metrics import SIGN_INS
from app.records import Credentials, Login, LoginCaller
from app.services import credentials, email_verification, events
from app.services.events import Kind
from app.services.logins import end_of
from app.settings import settings
from app.store import logins, users
from app.store.database import Database, transaction


async def check(email: str, password: str) -> Credentials:
    """Return the account.

    Raise `InvalidCredentials` for whatever reason, but `TooManyAttempts` before the
    password is checked and `EmailNotVerified` after.
    """
    try:
        return await prove(email, password)
    except Problem as problem:
        SIGN_INS.labels(problem.code).inc()
        raise


async def prove(email: str, password: str) -> Credentials:
    account = account_of(email)
    async with transaction() as db:
        known = await users.find_credentials(db, account)
    must_verify = (
        settings.require_verified_email
        and known is not None
        and not known.user.is_verified
    )
    # Whoever registered an address would see by this that it was free.
    in_secret = must_verify and settings.hide_registered_emails
    proved = await credentials.check(account, known, password, in_secret=in_secret)
    if proved is None:
        user_id = known.user.id if known else None
        await events.record_failure(Kind.SIGN_IN_FAILED, user_id)
        raise InvalidCredentials
    if must_verify:
        reason = EmailNotVerified.code
        await events.record_failure(Kind.SIGN_IN_FAILED, proved.user.id, reason=reason)
        email_verification.resend(proved.user.email)
        raise InvalidCredentials if in_secret else EmailNotVerified
    return proved


def account_of(email: str) -> str:
    """Return what the account is found and throttled by, be it an address or not."""
    try:
        return as_email(email)
    except ValueError:
        # No longer than an address, which is all that a database may look for.
        return email.strip().lower()[:LONGEST_EMAIL]


async def start(
    db: Database,
    known: Credentials,
    login_id: UUID,
    secret_hash: str,
    scopes: tuple[str, ...],
    remember: bool = False,
) -> LoginCaller:
    """Start a login, proved by the secret, for an account that was just checked.

    Raise `InvalidCredentials` if its right to sign in ended meanwhile.
    """
    at = now()
    client = context.client()
    user = (await credentials.still_known(db, known)).user
    login = Login(
        id=login_id,
        user_id=user.id,
        secret_hash=secret_hash,
        scopes=scopes,
        remembered=remember,
        ip_address=client.ip_address,
        user_agent=client.user_agent,
        created_at=at,
        last_seen_at=at,
        expires_at=end_of(at, at, remember),
    )
    await logins.add(db, login)
    await logins.remove_oldest(db, user.id, keep=settings.max_logins_per_user)
    await events.record(db, Kind.SIGNED_IN, user.id, login_id=login_id)
    after_commit(db, SIGN_INS.labels(Kind.SIGNED_IN).inc)
    return LoginCaller(user, scopes, login)
