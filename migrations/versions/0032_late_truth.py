"""Keep when milk was really handed over, and of how many lots the notice of a withdrawal spoke."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; of what stands in the ledger already nobody knows more than when it was written down."""
    # Plain ADD COLUMN on both databases: a copied table would lose the triggers that keep the ledger append-only.
    op.add_column("custody_entries", sa.Column("happened_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "withdrawal_notices", sa.Column("named_lots", sa.Integer(), server_default="0", nullable=False)
    )  # fmt: skip


def downgrade() -> None:
    """Drop them."""
    op.drop_column("withdrawal_notices", "named_lots")
    op.drop_column("custody_entries", "happened_at")
