"""The grants of the token endpoint."""

from app.access.granting import password_grant

GRANTS = {"password": password_grant}

# What they take besides `grant_type`.
PARAMETERS = ("username", "password", "scope")
