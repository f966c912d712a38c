"""A baked project without one of the things that make it fast, named by `WITHOUT`."""

import gc
import os
from collections.abc import Collection, Hashable
from datetime import datetime
from typing import Any
from uuid import UUID

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
    if hasattr(store, "_callers_query"):
        store._callers_query = store._callers_query.__wrapped__
        return
    from sqlalchemy import select

    kept, find = store.CALLERS, store.find_callers

    async def find_callers(ids: Collection[UUID], at: datetime) -> Any:
        tables = (store.LoginRow, store.UserRow)
        columns = (*store.COLUMNS, *store.USER_COLUMNS)
        on = store.UserRow.id == store.LoginRow.user_id
        store.CALLERS = select(*columns).join_from(*tables, on).where(kept.whereclause)
        return await find(ids, at)

    store.find_callers = find_callers


def trusted_connections() -> None:
    database.engine.pool._pre_ping = True


def kept_tokens() -> None:
    from app.access import access_token

    access_token.verify = access_token.verify.__wrapped__


def frozen_objects() -> None:
    gc.unfreeze()


def order_of_routes() -> None:
    routes = app.router.routes
    scope = {"type": "http", "method": "GET", "path": "/users/me", "headers": []}
    # With those of `/users/{user_id}`, which match it as well, and come later.
    for route in [it for it in routes if it.matches(scope)[0] is Match.FULL]:
        routes.remove(route)
        routes.append(route)


globals()[os.environ["WITHOUT"].replace(" ", "_")]()
