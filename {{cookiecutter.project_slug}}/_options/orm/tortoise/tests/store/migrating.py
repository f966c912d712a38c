"""How a project changes its models, and takes a migration back."""

from pathlib import Path

# Ask whether the models are ahead of the migrations, and the answer when they are not.
COMPARE = ("tortoise", "makemigrations")
NO_DIFFERENCE = "No changes detected"

A_TABLE = """

class NoteRow(Model):
    id = fields.UUIDField(primary_key=True, default=uuid4)
    user: fields.ForeignKeyRelation[UserRow] = fields.ForeignKeyField(
        "store.UserRow", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    user_id: UUID
    text = fields.CharField(max_length=200)
    scopes = Scopes()
    written_at = UtcDateTime(auto_now_add=True)

    class Meta:
        table = "notes"
"""
IS_ACTIVE = "    is_active = fields.BooleanField(default=True)\n"
A_COLUMN = "    nickname = fields.CharField(max_length=50, null=True)\n"


def one_back(project: Path) -> tuple[str, ...]:
    """Return the command that takes the newest migration back."""
    # It names the one to stop at, and their names start with their numbers.
    *_, previous, _ = sorted(project.glob("migrations/0*.py"))
    return ("tortoise", "downgrade", "store", previous.stem)


def change_models(project: Path) -> None:
    """Add the table `notes`, add `users.nickname` and make two columns longer."""
    models = project / "app/store/models.py"
    text = models.read_text(encoding="utf-8")
    text = text.replace(IS_ACTIVE, A_COLUMN + IS_ACTIVE)
    text = text.replace("max_length=200, null=True", "max_length=300, null=True")
    text = text.replace(
        "purpose = fields.CharField(max_length=20)",
        "purpose = fields.CharField(max_length=30)",
        1,
    )
    models.write_text(text + A_TABLE, encoding="utf-8")
