"""What is to be done once a transaction has committed."""

from collections.abc import Callable
from weakref import WeakKeyDictionary

# Of a transaction that fails, all is forgotten.
acts: WeakKeyDictionary[object, list[Callable[[], None]]] = WeakKeyDictionary()


def after_commit(transaction: object, act: Callable[[], None]) -> None:
    """Do it when the transaction has committed, or never."""
    acts.setdefault(transaction, []).append(act)


def has_committed(transaction: object) -> None:
    for act in acts.pop(transaction, ()):
        act()
