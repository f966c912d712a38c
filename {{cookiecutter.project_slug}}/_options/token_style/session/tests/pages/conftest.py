"""Browsers of people who are signed in, or are not."""

import pytest
from httpx2 import AsyncClient

from tests.pages.browser import Browser


@pytest.fixture
def browser(client: AsyncClient) -> Browser:
    return Browser(client)


@pytest.fixture
def adas(ada: AsyncClient) -> Browser:
    """Ada's browser."""
    return Browser(ada)


@pytest.fixture
def bobs(bob: AsyncClient) -> Browser:
    """Bob's browser."""
    return Browser(bob)


@pytest.fixture
def admins(admin: AsyncClient) -> Browser:
    """The browser of an administrator."""
    return Browser(admin)


@pytest.fixture
def roots(root: AsyncClient) -> Browser:
    """The browser of a super user."""
    return Browser(root)
