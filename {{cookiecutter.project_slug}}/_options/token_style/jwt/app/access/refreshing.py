"""Renew an access token by a refresh token, which is spent: RFC 6749 §6, RFC 9700 §4.14.2."""

from app.access import credential
from app.access.bearer import BadToken
from app.access.credential import TokenAnswer
from app.access.oauth import OAuthError, required
from app.access.refresh_token import RefreshToken
from app.records import LoginCaller
from app.scopes import effective
from app.services import events, logins
from app.store import logins as store
from app.store.database import transaction

# The kind of the event: somebody has a copy of the user's refresh token.
REUSED = "refresh_token_reused"


class BadRefreshToken(OAuthError):
    """One answer for all causes: a thief learns nothing of what is known."""

    def __init__(self) -> None:
        super().__init__(
            "invalid_grant", "The refresh token is unknown, used, expired or revoked."
        )


async def refresh_grant(form: dict[str, str]) -> TokenAnswer:
    """Answer with new tokens; a spent refresh token ends the whole login."""
    token, caller = await find(required(form, "refresh_token"))
    successor = token.successor()
    scopes: tuple[str, ...] = ()
    login = None
    if token.is_in_force(caller.login.secret_hash):
        scopes = granted(form.get("scope"), caller)
        async with transaction() as db:
            login = await logins.renew(db, caller.login, secret_hash=successor.hash)
    if login is None:
        # It was spent before, or is at this moment: one of the two is not its owner.
        await end_reused(caller)
        raise BadRefreshToken
    return credential.answer(LoginCaller(caller.user, scopes, login), successor)


async def end_reused(caller: LoginCaller) -> None:
    """End the login in a transaction of its own, which the error answer does not undo."""
    async with transaction() as db:
        # Of those who notice at the same time, one ends it and says so.
        if await store.remove(db, caller.user.id, caller.login.id):
            await events.record(db, REUSED, caller.user.id, login_id=caller.login.id)


async def find(text: str) -> tuple[RefreshToken, LoginCaller]:
    try:
        token = RefreshToken.read(text)
        return token, await credential.find_family(token)
    except BadToken:
        raise BadRefreshToken from None


def granted(scope: str | None, caller: LoginCaller) -> tuple[str, ...]:
    """Return what was asked for, or all that the login still may; `invalid_scope` for more."""
    may = effective(caller.login.scopes, caller.user.scopes)
    asked = tuple(sorted(set((scope or "").split())))
    if not asked:
        # As it was granted; spelled out where something was taken since.
        held = may.issuperset(caller.login.scopes)
        return caller.login.scopes if held else tuple(sorted(may))
    if not may.issuperset(asked):
        raise OAuthError("invalid_scope", "The login has not all of these scopes.")
    return asked
