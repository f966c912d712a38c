"""End a login by one of its tokens."""

from contextlib import suppress

from app.access import credential
from app.errors import NotFound, NotSignedIn
from app.services import logins
from app.store.database import transaction


async def revoke(token: str) -> None:
    """End the login that the token is of; nothing happens if it is of none (RFC 7009 §2.2)."""
    # Not found: somebody else has ended it meanwhile.
    with suppress(NotSignedIn, NotFound):
        caller = await credential.find_holder(token)
        async with transaction() as db:
            await logins.end(db, caller, caller.login.id)
