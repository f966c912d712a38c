"""Whether the service runs, and whether it can work."""

from fastapi import APIRouter

from app.drivers import why_not
from app.errors import Unavailable
from app.schemas import Status
from app.store.schema import is_current

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def live() -> Status:
    return Status()


@router.get("/ready")
async def ready() -> Status:
    """Answer 503 when the database does not answer or its schema is older than this code."""
    try:
        current = await is_current()
    except Exception as error:
        if why_not(error):
            raise Unavailable from None
        raise
    if not current:
        raise Unavailable
    return Status()
