"""API keys: for programs, which act for their owner and may do no more than them."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from app.clock import now
from app.errors import InsufficientScope, NotFound, NotSignedIn, TooManyApiKeys
from app.gathered import Gathered
from app.records import ApiKey, Caller, KeyCaller, LoginCaller
from app.services import administration, events
from app.services.events import Kind
from app.services.logins import still_signed_in
from app.settings import settings
from app.store import api_keys
from app.store.database import Database, transaction
from app.tokens import new_token, read_token

PREFIX = "ak_"
# Enough to tell one's keys apart, and nothing of the secret.
SHOWN = len(PREFIX) + 8
NOTED_EVERY = timedelta(minutes=1)


async def create(
    db: Database,
    caller: LoginCaller,
    name: str,
    scopes: list[str],
    expires_in: int | None,
) -> tuple[ApiKey, str]:
    """Return the new key's row and the key, which is not stored and never shown again.

    Its owner is always the caller. Raise `InsufficientScope` for a scope that the
    caller has not got, and `TooManyApiKeys`.
    """
    administration.require_known(scopes)
    for scope in scopes:
        if not caller.may(scope):
            raise InsufficientScope(scope)
    token, at = new_token(PREFIX), now()
    await still_signed_in(db, caller)
    most = settings.max_api_keys_per_user
    if await api_keys.count_of_user(db, caller.user.id, at) >= most:
        raise TooManyApiKeys(most)
    key = ApiKey(
        id=token.id,
        user_id=caller.user.id,
        name=name,
        prefix=token.text[:SHOWN],
        secret_hash=token.hash,
        scopes=tuple(sorted(set(scopes))),
        created_at=at,
        last_used_at=None,
        expires_at=at + timedelta(seconds=expires_in) if expires_in else None,
    )
    await api_keys.add(db, key)
    await events.record(db, Kind.API_KEY_CREATED, key.user_id, prefix=key.prefix)
    return key, token.text


async def find_callers(key_ids: Collection[UUID]) -> dict[UUID, KeyCaller]:
    return await api_keys.find_callers(key_ids, now())


callers = Gathered(find_callers)


async def find_caller(text: str) -> KeyCaller:
    """Return whose key it is, or raise `NotSignedIn`."""
    token = read_token(PREFIX, text)
    caller = await callers.find(token.id) if token else None
    if token is None or caller is None or not token.proves(caller.key.secret_hash):
        raise NotSignedIn
    await note_use(caller.key)
    return caller


async def note_use(key: ApiKey) -> None:
    at = now()
    if key.last_used_at is None or at - key.last_used_at >= NOTED_EVERY:
        async with transaction() as db:
            await api_keys.note_use(db, key.id, at)


async def list_of(db: Database, caller: Caller) -> list[ApiKey]:
    return await api_keys.list_of_user(db, caller.user.id, now())


async def remove(db: Database, caller: Caller, key_id: UUID) -> None:
    """End a key of the caller, or raise `NotFound` for anyone else's."""
    if not await api_keys.remove(db, caller.user.id, key_id):
        raise NotFound
    await events.record(db, Kind.API_KEY_REMOVED, caller.user.id, key_id=key_id)


async def remove_all(db: Database, user_id: UUID) -> None:
    for key in await api_keys.list_of_user(db, user_id, now()):
        await api_keys.remove(db, user_id, key.id)
        await events.record(db, Kind.API_KEY_REMOVED, user_id, key_id=key.id)
