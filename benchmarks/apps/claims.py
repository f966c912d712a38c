"""A baked project with a route that trusts the claims alone, as its README shows."""

from typing import Any

# Both are the baked project's, in whose folder this runs.
from app.access.current_claims import CurrentClaims
from app.main import app

__all__ = ["app"]


@app.get("/claims")
async def read_claims(claims: CurrentClaims) -> dict[str, Any]:
    return {"sub": claims.sub, "scope": claims.scope}


# Where a project's own routers stand that are asked for most.
app.router.routes.insert(0, app.router.routes.pop())
