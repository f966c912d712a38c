"""Sign in with a password, and grant no more than the user may do."""

from app.access import credential
from app.access.credential import TokenAnswer
from app.access.oauth import OAuthError, required
from app.records import User
from app.schemas import normalized
from app.scopes import with_implied
from app.services import sign_in
from app.store.database import transaction


async def sign_in_with_password(
    email: str,
    password: str,
    scope: str | None = None,
    remember: bool = False,
) -> TokenAnswer:
    known = await sign_in.check(email, password)
    scopes = granted(scope, known.user)
    secret = credential.new_secret()
    async with transaction() as db:
        caller = await sign_in.start(
            db, known, secret.id, secret.hash, scopes, remember
        )
    return credential.answer(caller, secret)


async def password_grant(form: dict[str, str]) -> TokenAnswer:
    """RFC 6749 §4.3, for Swagger UI and OAuth clients. RFC 9700 §2.4 advises against it."""
    return await sign_in_with_password(
        required(form, "username"),
        normalized(required(form, "password")),
        form.get("scope"),
    )


def granted(scope: str | None, user: User) -> tuple[str, ...]:
    """Return what was asked for, or all that the user has; `invalid_scope` for more."""
    asked = tuple(sorted(set((scope or "").split()))) or user.scopes
    if not with_implied(user.scopes).issuperset(asked):
        raise OAuthError("invalid_scope", "The user has not all of these scopes.")
    return asked
