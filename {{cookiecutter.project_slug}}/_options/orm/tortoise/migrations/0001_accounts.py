"""Accounts and what belongs to them."""

from tortoise import fields, migrations
from tortoise.fields import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    initial = True

    operations = (
        ops.CreateModel(
            name="UserRow",
            options={"table": "users", "app": "store", "pk_attr": "id"},
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("email", fields.CharField(max_length=254, unique=True)),
                ("name", fields.CharField(max_length=200, null=True)),
                ("password_hash", fields.CharField(max_length=255)),
                ("is_active", fields.BooleanField()),
                ("is_verified", fields.BooleanField()),
                ("scopes", fields.TextField()),
                ("created_at", fields.DatetimeField(auto_now_add=True, db_index=True)),
                ("updated_at", fields.DatetimeField(auto_now=True)),
            ],
        ),
        ops.CreateModel(
            name="LoginRow",
            options={"table": "logins", "app": "store", "pk_attr": "id"},
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                (
                    "user",
                    fields.ForeignKeyField(
                        "store.UserRow",
                        source_field="user_id",
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                        db_index=True,
                    ),
                ),
                ("secret_hash", fields.CharField(max_length=64)),
                ("scopes", fields.TextField()),
                ("remembered", fields.BooleanField()),
                ("ip_address", fields.CharField(max_length=45, null=True)),
                ("user_agent", fields.CharField(max_length=255, null=True)),
                ("created_at", fields.DatetimeField(auto_now_add=True)),
                ("last_seen_at", fields.DatetimeField(auto_now_add=True)),
                ("expires_at", fields.DatetimeField(db_index=True)),
            ],
        ),
        ops.CreateModel(
            name="MailTokenRow",
            options={
                "table": "mail_tokens",
                "app": "store",
                "unique_together": (("user_id", "purpose"),),
                "pk_attr": "id",
            },
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                (
                    "user",
                    fields.ForeignKeyField(
                        "store.UserRow",
                        source_field="user_id",
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("purpose", fields.CharField(max_length=20)),
                ("email", fields.CharField(max_length=254)),
                ("secret_hash", fields.CharField(max_length=64)),
                ("expires_at", fields.DatetimeField(db_index=True)),
            ],
        ),
        ops.CreateModel(
            name="ApiKeyRow",
            options={"table": "api_keys", "app": "store", "pk_attr": "id"},
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                (
                    "user",
                    fields.ForeignKeyField(
                        "store.UserRow",
                        source_field="user_id",
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                        db_index=True,
                    ),
                ),
                ("name", fields.CharField(max_length=200)),
                ("prefix", fields.CharField(max_length=20)),
                ("secret_hash", fields.CharField(max_length=64)),
                ("scopes", fields.TextField()),
                ("created_at", fields.DatetimeField()),
                ("last_used_at", fields.DatetimeField(null=True)),
                ("expires_at", fields.DatetimeField(null=True, db_index=True)),
            ],
        ),
        ops.CreateModel(
            name="EventRow",
            options={
                "table": "events",
                "app": "store",
                "indexes": [Index(fields=["user_id", "at"])],
                "pk_attr": "id",
            },
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("user_id", fields.UUIDField(null=True)),
                ("kind", fields.CharField(max_length=40)),
                ("at", fields.DatetimeField(db_index=True)),
                ("ip_address", fields.CharField(max_length=45, null=True)),
                ("user_agent", fields.CharField(max_length=255, null=True)),
                ("detail", fields.JSONField()),
            ],
        ),
    )
