"""The grants of the token endpoint."""

from app.access.granting import password_grant
from app.access.refreshing import refresh_grant

GRANTS = {"password": password_grant, "refresh_token": refresh_grant}

# What they take besides `grant_type`.
PARAMETERS = ("username", "password", "scope", "refresh_token")
