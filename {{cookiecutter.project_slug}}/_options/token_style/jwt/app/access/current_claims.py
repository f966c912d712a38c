"""Trust an access token by its claims alone, without a look at the database.

That spares a query, for what needs the speed more than the latest news: until the
token expires, nothing tells here that its login has ended, that its user is not
active any more, or that a scope was taken from them.
"""

from typing import Annotated

from fastapi import Request, Security
from fastapi.security.base import SecurityBase

from app.access import access_token
from app.access.access_token import Claims
from app.access.bearer import bearer_token
from app.access.caller import current_caller


class ClaimsScheme(SecurityBase):
    """Described to clients as the same way to sign in."""

    scheme_name = current_caller.scheme_name
    model = current_caller.model

    async def __call__(self, request: Request) -> Claims:
        return access_token.read(bearer_token(request))


CurrentClaims = Annotated[Claims, Security(ClaimsScheme())]
