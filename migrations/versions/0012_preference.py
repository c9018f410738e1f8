"""Keep how a donor likes her own list ordered."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nobody has said anything yet."""
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("preference", sa.String(length=20), server_default="none", nullable=False))
        batch_op.create_check_constraint(
            op.f("ck_offers_preference_known"),
            "preference IN ('none', 'fewest_handoffs', 'nearest', 'youngest')",
        )


def downgrade() -> None:
    """Drop the column."""
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_offers_preference_known"), type_="check")
        batch_op.drop_column("preference")
