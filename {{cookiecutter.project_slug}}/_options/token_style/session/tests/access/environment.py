"""What the shared tests must know of this way of signing in: its settings and its doors."""

ENVIRONMENT: dict[str, str] = {}

# The operations that ask nobody who they are.
PUBLIC: set[tuple[str, str]] = set()
