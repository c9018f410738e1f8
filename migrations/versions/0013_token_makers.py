"""Keep with which token a token was made, so that it ends with that one."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; those made before count as made on the site."""
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.add_column(sa.Column("made_with_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_api_tokens_made_with_id_api_tokens"), "api_tokens", ["made_with_id"], ["id"]
        )
        batch_op.create_index(batch_op.f("ix_api_tokens_made_with_id"), ["made_with_id"], unique=False)


def downgrade() -> None:
    """Drop the column."""
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_tokens_made_with_id"))
        batch_op.drop_constraint(op.f("fk_api_tokens_made_with_id_api_tokens"), type_="foreignkey")
        batch_op.drop_column("made_with_id")
