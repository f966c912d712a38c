"""What the pool gives out. That it recovers is seen with a server, from outside."""

from types import SimpleNamespace

import pytest
from sqlalchemy.exc import InvalidatePoolError

from app.store.database import refuse_closed


def connection(*, is_closed: bool) -> SimpleNamespace:
    return SimpleNamespace(
        driver_connection=SimpleNamespace(is_closed=lambda: is_closed)
    )


def test_a_connection_that_the_server_closed_is_not_given_out() -> None:
    refuse_closed(connection(is_closed=False))

    with pytest.raises(InvalidatePoolError):
        refuse_closed(connection(is_closed=True))
