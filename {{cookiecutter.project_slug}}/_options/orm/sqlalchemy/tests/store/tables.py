"""Which tables there are: those of the models, and the one of the migrations."""

from app.store.models import Base

# Those that others point to come first.
TABLES = tuple(table.name for table in Base.metadata.sorted_tables)

# Where the migrations note what they have done.
BOOKKEEPING = "alembic_version"
APPLY_A_NEWER_ONE = "UPDATE alembic_version SET version_num = 'newer'"
