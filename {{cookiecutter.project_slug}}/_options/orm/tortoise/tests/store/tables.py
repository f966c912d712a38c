"""Which tables there are: those of the models, and the one of the migrations."""

from graphlib import TopologicalSorter
from typing import Any

from tortoise.apps import Apps
from tortoise.connection import ConnectionHandler
from tortoise.models import Model

from app.store.database import APPS

# Models get to know each other without a connection.
MODELS = Apps({}, ConnectionHandler()).init_app("store", APPS["store"]["models"])


def tables_of(model: type[Model]) -> dict[str, set[str]]:
    """Return its table and those that tie it to many others, and what each points to."""
    own, fields = model._meta.db_table, model._meta.fields_map
    keys = [fields[it] for it in model._meta.fk_fields | model._meta.o2o_fields]
    ties: list[Any] = [fields[it] for it in model._meta.m2m_fields]
    # A table that points to itself waits for no other.
    return {tie.through: {own, points_to(tie)} for tie in ties} | {
        own: {points_to(key) for key in keys} - {own}
    }


def points_to(relation: Any) -> str:
    table: str = relation.related_model._meta.db_table
    return table


# Those that others point to come first.
TABLES = tuple(
    TopologicalSorter(
        {
            table: others
            for model in MODELS.values()
            for table, others in tables_of(model).items()
        }
    ).static_order()
)

# Where the migrations note what they have done.
BOOKKEEPING = "tortoise_migrations"
APPLY_A_NEWER_ONE = (
    "INSERT INTO tortoise_migrations (app, name, applied_at)"
    " VALUES ('store', 'newer', '2030-07-01 12:00:00')"
)
