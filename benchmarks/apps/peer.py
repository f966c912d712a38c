"""fastapi-users as its documentation sets it up, with tokens in the database and with JWTs."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI
from fastapi_users import BaseUserManager, FastAPIUsers, UUIDIDMixin, schemas
from fastapi_users.authentication import (
    AuthenticationBackend,
    BearerTransport,
    JWTStrategy,
)
from fastapi_users.authentication.strategy.db import DatabaseStrategy
from fastapi_users_db_sqlalchemy import (
    SQLAlchemyBaseUserTableUUID,
    SQLAlchemyUserDatabase,
)
from fastapi_users_db_sqlalchemy.access_token import (
    SQLAlchemyAccessTokenDatabase,
    SQLAlchemyBaseAccessTokenTableUUID,
)
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

SECRET = "a secret of a benchmark, which guards nothing"
LIFETIME = 3600


class Base(DeclarativeBase):
    pass


class User(SQLAlchemyBaseUserTableUUID, Base):
    pass


class AccessToken(SQLAlchemyBaseAccessTokenTableUUID, Base):
    pass


class UserRead(schemas.BaseUser[UUID]):
    pass


class UserCreate(schemas.BaseUserCreate):
    pass


class UserUpdate(schemas.BaseUserUpdate):
    pass


engine = create_async_engine(
    os.environ["DATABASE_URL"]
    .replace("sqlite://", "sqlite+aiosqlite://")
    .replace("postgresql://", "postgresql+asyncpg://")
)
new_session = async_sessionmaker(engine, expire_on_commit=False)


async def session() -> AsyncIterator[AsyncSession]:
    async with new_session() as session:
        yield session


Session = Annotated[AsyncSession, Depends(session)]


async def user_database(session: Session) -> AsyncIterator[Any]:
    yield SQLAlchemyUserDatabase(session, User)


async def token_database(session: Session) -> AsyncIterator[Any]:
    yield SQLAlchemyAccessTokenDatabase(session, AccessToken)


class Users(UUIDIDMixin, BaseUserManager[User, UUID]):
    reset_password_token_secret = SECRET
    verification_token_secret = SECRET


async def user_manager(
    database: Annotated[Any, Depends(user_database)],
) -> AsyncIterator[Users]:
    yield Users(database)


def database_strategy(
    tokens: Annotated[Any, Depends(token_database)],
) -> DatabaseStrategy[User, UUID, AccessToken]:
    return DatabaseStrategy(tokens, lifetime_seconds=LIFETIME)


def jwt_strategy() -> JWTStrategy[User, UUID]:
    return JWTStrategy(secret=SECRET, lifetime_seconds=LIFETIME)


STRATEGIES: dict[str, Any] = {"database": database_strategy, "jwt": jwt_strategy}
backend = AuthenticationBackend(
    name="bearer",
    transport=BearerTransport(tokenUrl="auth/login"),
    get_strategy=STRATEGIES[os.environ["STRATEGY"]],
)
users = FastAPIUsers[User, UUID](user_manager, [backend])


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield


app = FastAPI(lifespan=lifespan)
app.include_router(users.get_auth_router(backend), prefix="/auth")
app.include_router(users.get_register_router(UserRead, UserCreate), prefix="/auth")
app.include_router(users.get_users_router(UserRead, UserUpdate), prefix="/users")
