"""Keep when a job ended, so that it can be purged; index what waits, what is dead and what ended, each by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None

WAITS = sa.text("state = 'queued'")
DEAD = sa.text("state = 'dead'")


def upgrade() -> None:
    """Add the column, filled with when the job was made for those that ended before, and the indexes."""
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index("ix_jobs_due")
        batch_op.add_column(sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE jobs SET ended_at = created_at WHERE state <> 'queued'")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_check_constraint(op.f("ck_jobs_ended_with_state"), "(state = 'queued') = (ended_at IS NULL)")
        batch_op.create_index("ix_jobs_due", ["run_after", "id"], sqlite_where=WAITS, postgresql_where=WAITS)
        batch_op.create_index("ix_jobs_waiting_kind", ["kind"], sqlite_where=WAITS, postgresql_where=WAITS)
        batch_op.create_index("ix_jobs_dead", ["id"], sqlite_where=DEAD, postgresql_where=DEAD)
        batch_op.create_index("ix_jobs_ended_at", ["ended_at"])


def downgrade() -> None:
    """Back to one index, without the column."""
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        for index in ("ix_jobs_due", "ix_jobs_waiting_kind", "ix_jobs_dead", "ix_jobs_ended_at"):
            batch_op.drop_index(index)
        batch_op.drop_constraint(op.f("ck_jobs_ended_with_state"), type_="check")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_column("ended_at")
        batch_op.create_index("ix_jobs_due", ["state", "run_after"], unique=False)
