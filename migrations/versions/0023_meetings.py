"""Keep what each of the two has for a meeting while the handoff is open: that she is late, and by how much."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; a row is made when somebody first has something."""
    op.create_table(
        "handoff_sides",
        sa.Column("handoff_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("side", sa.String(length=6), nullable=False),
        sa.Column("late_minutes", sa.Integer(), nullable=True),
        sa.CheckConstraint("side IN ('donor', 'family')", name=op.f("ck_handoff_sides_side_known")),
        sa.CheckConstraint("late_minutes IS NULL OR late_minutes > 0", name=op.f("ck_handoff_sides_late_by_something")),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoffs.id"], name=op.f("fk_handoff_sides_handoff_id_handoffs")),
        sa.PrimaryKeyConstraint("handoff_id", "side", name=op.f("pk_handoff_sides")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("handoff_sides")
