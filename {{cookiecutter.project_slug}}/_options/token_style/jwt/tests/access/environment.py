"""What the shared tests must know of this way of signing in: its settings and its doors."""

from secrets import token_urlsafe

ENVIRONMENT = {"JWT_KEYS": token_urlsafe(32)}

# The operations that ask nobody who they are.
PUBLIC = {
    ("post", "/auth/token"),
    ("post", "/auth/revoke"),
    ("get", "/.well-known/oauth-authorization-server"),
    ("get", "/.well-known/jwks.json"),
}
