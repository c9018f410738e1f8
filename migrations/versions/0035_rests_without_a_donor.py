"""Let a rest of giving outlive its donor without naming her: its case waits for a moderator all the same."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The donor may be missing."""
    _let(missing=True)


def downgrade() -> None:
    """Forget the rests of those who have left, as before."""
    op.execute("DELETE FROM giving_rests WHERE person_id IS NULL")
    _let(missing=False)


def _let(*, missing: bool) -> None:
    # Rebuilt on SQLite, where an index of a part of the rows is better made anew than read back.
    going_on = sa.text("lifted_at IS NULL")
    op.drop_index("uq_giving_rests_going_on", table_name="giving_rests")
    with op.batch_alter_table("giving_rests", schema=None) as batch_op:
        batch_op.alter_column("person_id", existing_type=sa.Integer(), nullable=missing)
    op.create_index(
        "uq_giving_rests_going_on", "giving_rests", ["person_id"], unique=True, sqlite_where=going_on,
        postgresql_where=going_on,
    )  # fmt: skip
