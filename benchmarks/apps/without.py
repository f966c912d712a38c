"""A baked project without one of the things that make it fast, named by `WITHOUT`."""

import gc
import os
from collections.abc import Hashable
from typing import Any

from starlette.routing import Match

# All are the baked project's, in whose folder this runs.
from app.gathered import Gathered
from app.main import app
from app.store import database
from app.store import logins as store

__all__ = ["app"]


def gathered_lookups() -> None:
    async def find_alone(gathered: Gathered[Any, Any], key: Hashable) -> Any:
        return (await gathered.find_all([key])).get(key)

    Gathered.find = find_alone


def kept_statements() -> None:
    store._callers_query = store._callers_query.__wrapped__


def trusted_connections() -> None:
    database.engine.pool._pre_ping = True


def kept_tokens() -> None:
    from app.access import access_token

    access_token.verify = access_token.verify.__wrapped__


def frozen_objects() -> None:
    gc.unfreeze()
    gc.set_threshold(700)


def order_of_routes() -> None:
    routes = app.router.routes
    scope = {"type": "http", "method": "GET", "path": "/users/me", "headers": []}
    # With those of `/users/{user_id}`, which match it as well, and come later.
    for route in [it for it in routes if it.matches(scope)[0] is Match.FULL]:
        routes.remove(route)
        routes.append(route)


globals()[os.environ["WITHOUT"].replace(" ", "_")]()
