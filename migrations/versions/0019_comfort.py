"""Keep pictures of messages, how somebody wants a conversation treated, kind reminders, and who allows presence."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def upgrade() -> None:
    """Create the four tables."""
    _create_pictures()
    op.create_table(
        "conversation_choices",
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("muted", sa.Boolean(), nullable=False),
        sa.Column("archived_seq", sa.Integer(), nullable=True),
        _refers("conversation_choices", "conversation_id", "conversations"),
        _refers("conversation_choices", "user_id", "users"),
        sa.PrimaryKeyConstraint("conversation_id", "user_id", name=op.f("pk_conversation_choices")),
    )
    op.create_table(
        "kind_reminders",
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("waiting_id", sa.Integer(), nullable=False),
        sa.Column("answered_seq", sa.Integer(), autoincrement=False, nullable=False),
        _moment("reminded_at"),
        _refers("kind_reminders", "conversation_id", "conversations"),
        _refers("kind_reminders", "waiting_id", "users"),
        sa.PrimaryKeyConstraint("conversation_id", "waiting_id", "answered_seq", name=op.f("pk_kind_reminders")),
    )
    op.create_table(
        "presence_choices",
        sa.Column("user_id", sa.Integer(), nullable=False),
        _moment("allowed_at"),
        _refers("presence_choices", "user_id", "users"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_presence_choices")),
    )


def _create_pictures() -> None:
    op.create_table(
        "pictures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        *(sa.Column(measure, sa.Integer(), nullable=False) for measure in ("size", "width", "height")),
        _moment("added_at"),
        sa.CheckConstraint("size > 0 AND width > 0 AND height > 0", name=op.f("ck_pictures_measured")),
        _refers("pictures", "conversation_id", "conversations"),
        _refers("pictures", "owner_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pictures")),
        sa.UniqueConstraint("public_id", name=op.f("uq_pictures_public_id")),
        sa.UniqueConstraint("name", name=op.f("uq_pictures_name")),
    )
    with op.batch_alter_table("pictures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pictures_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pictures_owner_id"), ["owner_id"], unique=False)


def downgrade() -> None:
    """Drop them; messages that were pictures keep their descriptions."""
    for table in ("presence_choices", "kind_reminders", "conversation_choices", "pictures"):
        op.drop_table(table)
