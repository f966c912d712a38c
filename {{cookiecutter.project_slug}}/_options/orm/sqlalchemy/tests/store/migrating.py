"""How a project changes its models, and takes a migration back."""

from pathlib import Path

# Ask whether the models are ahead of the migrations, and the answer when they are not.
COMPARE = ("alembic", "check")
NO_DIFFERENCE = "No new upgrade operations detected"

A_TABLE = """

class NoteRow(Base):
    __tablename__ = "notes"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(
        ForeignKey(UserRow.id, ondelete="CASCADE"), index=True
    )
    text: Mapped[str] = mapped_column(String(200))
    scopes: Mapped[tuple[str, ...]] = mapped_column(Scopes)
    written_at: Mapped[datetime] = mapped_column(default=now)
"""
IS_ACTIVE = "    is_active: Mapped[bool] = mapped_column(default=True)\n"
A_COLUMN = "    nickname: Mapped[str | None] = mapped_column(String(50))\n"


def one_back(project: Path) -> tuple[str, ...]:
    """Return the command that takes the newest migration back."""
    return ("alembic", "downgrade", "-1")


def change_models(project: Path) -> None:
    """Add the table `notes`, add `users.nickname` and make two columns longer."""
    models = project / "app/store/models.py"
    text = models.read_text(encoding="utf-8")
    text = text.replace(IS_ACTIVE, A_COLUMN + IS_ACTIVE)
    text = text.replace("mapped_column(String(200))", "mapped_column(String(300))", 1)
    text = text.replace("mapped_column(String(20))", "mapped_column(String(30))", 1)
    models.write_text(text + A_TABLE, encoding="utf-8")
