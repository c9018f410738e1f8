"""Keep the secret address of each person's calendar, as a digest."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; nobody has an address yet."""
    op.create_table(
        "handoff_feeds",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_handoff_feeds_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_handoff_feeds")),
        sa.UniqueConstraint("digest", name=op.f("uq_handoff_feeds_digest")),
    )


def downgrade() -> None:
    """Drop it; every address ends."""
    op.drop_table("handoff_feeds")
