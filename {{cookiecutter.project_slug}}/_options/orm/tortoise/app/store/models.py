"""The tables."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.fields import Field
from tortoise.models import Model

from app.scopes import AUTHENTICATED


class UtcDateTime(fields.DatetimeField[datetime]):
    """An aware time, kept in UTC also by databases that know no time zones."""

    def to_db_value(self, value: Any, instance: type[Model] | Model) -> Any:
        value = super().to_db_value(value, instance)
        return None if value is None else value.astimezone(UTC)

    def to_python_value(self, value: Any) -> datetime | None:
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        return None if value is None else value.astimezone(UTC)

    def describe(self, serializable: bool) -> dict[str, Any]:
        return _as_plain(super().describe(serializable), fields.DatetimeField)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return "tortoise.fields.DatetimeField", *super().deconstruct()[1:]


class Scopes(fields.TextField):
    """Scopes, sorted and apart by spaces, as in RFC 6749 §3.3."""

    def to_db_value(self, value: Any, instance: type[Model] | Model) -> Any:
        return super().to_db_value(" ".join(sorted(value)), instance)

    def to_python_value(self, value: Any) -> tuple[str, ...]:
        return tuple(value.split() if isinstance(value, str) else value)

    def describe(self, serializable: bool) -> dict[str, Any]:
        return _as_plain(super().describe(serializable), fields.TextField)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        _, arguments, options = super().deconstruct()
        options.pop("default", None)
        return "tortoise.fields.TextField", arguments, options


def _as_plain(description: dict[str, Any], kind: type[Field[Any]]) -> dict[str, Any]:
    """Describe our own types as what they are in the database: migrations outlive the code."""
    return {**description, "field_type": kind.__name__}


class UserRow(Model):
    id = fields.UUIDField(primary_key=True, default=uuid4)
    email = fields.CharField(max_length=254, unique=True)
    name = fields.CharField(max_length=200, null=True)
    password_hash = fields.CharField(max_length=255)
    is_active = fields.BooleanField(default=True)
    is_verified = fields.BooleanField(default=False)
    scopes = Scopes(default=(AUTHENTICATED,))
    created_at = UtcDateTime(auto_now_add=True, db_index=True)
    updated_at = UtcDateTime(auto_now=True)

    class Meta:
        table = "users"


class LoginRow(Model):
    id = fields.UUIDField(primary_key=True)
    user: fields.ForeignKeyRelation[UserRow] = fields.ForeignKeyField(
        "store.UserRow", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    user_id: UUID
    secret_hash = fields.CharField(max_length=64)
    scopes = Scopes()
    remembered = fields.BooleanField()
    ip_address = fields.CharField(max_length=45, null=True)
    user_agent = fields.CharField(max_length=255, null=True)
    created_at = UtcDateTime(auto_now_add=True)
    last_seen_at = UtcDateTime(auto_now_add=True)
    expires_at = UtcDateTime(db_index=True)

    class Meta:
        table = "logins"


class MailTokenRow(Model):
    id = fields.UUIDField(primary_key=True)
    user: fields.ForeignKeyRelation[UserRow] = fields.ForeignKeyField(
        "store.UserRow", related_name=False, on_delete=fields.CASCADE
    )
    user_id: UUID
    purpose = fields.CharField(max_length=20)
    email = fields.CharField(max_length=254)
    secret_hash = fields.CharField(max_length=64)
    expires_at = UtcDateTime(db_index=True)

    class Meta:
        table = "mail_tokens"
        # One that lives for each purpose: a newer one ends the older.
        unique_together = (("user_id", "purpose"),)


class ApiKeyRow(Model):
    id = fields.UUIDField(primary_key=True)
    user: fields.ForeignKeyRelation[UserRow] = fields.ForeignKeyField(
        "store.UserRow", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    user_id: UUID
    name = fields.CharField(max_length=200)
    prefix = fields.CharField(max_length=20)
    secret_hash = fields.CharField(max_length=64)
    scopes = Scopes()
    created_at = UtcDateTime()
    last_used_at = UtcDateTime(null=True)
    expires_at = UtcDateTime(null=True, db_index=True)

    class Meta:
        table = "api_keys"


class EventRow(Model):
    id = fields.UUIDField(primary_key=True, default=uuid4)
    # No foreign key: that an account was deleted is told after it is gone.
    user_id = fields.UUIDField(null=True)
    kind = fields.CharField(max_length=40)
    at = UtcDateTime(db_index=True)
    ip_address = fields.CharField(max_length=45, null=True)
    user_agent = fields.CharField(max_length=255, null=True)
    detail = fields.JSONField[dict[str, str]]()

    class Meta:
        table = "events"
        indexes = (("user_id", "at"),)
