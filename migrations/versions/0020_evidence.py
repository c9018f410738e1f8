"""Let a picture of a reported message outlive its deletion for as long as its case may last."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two moments; of the pictures from before none is ended, because ended ones were removed at once."""
    with op.batch_alter_table("pictures", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("keep_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(
            batch_op.f("ck_pictures_ended_kept"), "ended_at IS NULL OR keep_until IS NOT NULL"
        )
        batch_op.create_index(batch_op.f("ix_pictures_keep_until"), ["keep_until"], unique=False)


def downgrade() -> None:
    """Drop them, and the ended pictures with them, which would be shown again; their files are swept up."""
    op.execute(sa.text("DELETE FROM pictures WHERE ended_at IS NOT NULL"))
    with op.batch_alter_table("pictures", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pictures_keep_until"))
        batch_op.drop_constraint(batch_op.f("ck_pictures_ended_kept"), type_="check")
        batch_op.drop_column("keep_until")
        batch_op.drop_column("ended_at")
