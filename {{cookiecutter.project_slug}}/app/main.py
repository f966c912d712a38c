"""The service as an ASGI application: `uvicorn app.main:app`."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app import docs, entrance, log, mail, metrics
from app.errors import NOT_CURRENT, Problem, answer_problem
from app.later import finish
from app.middleware import (
    AnswerHeaders,
    BodyLimit,
    PlainRefusal,
    ServerErrors,
)
from app.openapi import PROBLEM, DescribedApp
from app.passwords import warm_up, warn_if_cheap
from app.refusals import add_refusals
from app.routes import (
    api_keys,
    emails,
    events,
    health,
    logins,
    me,
    passwords,
    registration,
    users,
)
from app.settings import settings
from app.store.database import open_database
from app.store.schema import is_current, migrate
from app.throttle import open_throttle
from app.tracing import DiscreetApp, QueryString

# Mails under way may take so long at the stop; more, and we are killed.
STOP_SECONDS = 5


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with open_database(), open_throttle():
        if not settings.in_production:
            await migrate()
        elif not await is_current():
            raise SystemExit(NOT_CURRENT)
        await warm_up()
        warn_if_cheap()
        mail.warn_if_nothing_is_sent()
        try:
            yield
        finally:
            await finish(STOP_SECONDS)


# Before anything is told.
log.install()


class Service(DescribedApp, DiscreetApp):
    """What tells clients all about its calls, and nobody what is asked in them."""


app = Service(
    title=settings.service_name,
    lifespan=lifespan,
    redirect_slashes=False,
    responses={"4XX": PROBLEM},
    openapi_url="/openapi.json" if settings.shows_docs else None,
    docs_url=None,
    redoc_url=None,
)
# Not by its parameter, which is deprecated: servers are to be told instead. Ours may not
# know, and a proxy in front may leave the path where it is.
app.root_path = settings.root_path
docs.install(app, settings.shows_docs)
# They are tried in this order: what is asked for most comes first.
ROUTES = (
    me,
    health,
    registration,
    passwords,
    emails,
    logins,
    api_keys,
    events,
    users,
)
for routes in ROUTES:
    app.include_router(routes.router)
app.add_exception_handler(Problem, answer_problem)
add_refusals(app)

# The last one added is the first that a request meets.
app.add_middleware(BodyLimit)
app.add_middleware(ServerErrors)
entrance.install(app)
app.add_middleware(AnswerHeaders)
app.add_middleware(PlainRefusal)
app.add_middleware(QueryString)
metrics.install(app, settings.metrics_enabled)

# All this lives as long as the process: looking through it again and again for
# garbage would hold up requests. What they leave behind is seldom any.
gc.collect()
gc.freeze()
gc.set_threshold(5_000)
