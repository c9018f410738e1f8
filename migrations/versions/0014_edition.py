"""
Let the index of live posts tell when what the matcher reads of a post has changed.

The number is 0 for the rows there are, which only makes lists read those posts each time until a post is next changed
or ``flask match index rebuild`` has run.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

COLUMNS = (
    "strip", "longitude", "z", "post_id", "bits", "x", "y", "travel_km", "volume_ml", "pumped_from", "pumped_to",
    "published", "author_id", "area_id",
)  # fmt: skip


def upgrade() -> None:
    """Add the column, to the index as well."""
    op.drop_index("ix_post_index_reach", table_name="post_index")
    op.add_column("post_index", sa.Column("edition", sa.BigInteger(), server_default="0", nullable=False))
    op.create_index("ix_post_index_reach", "post_index", [*COLUMNS, "edition"], unique=False)


def downgrade() -> None:
    """Drop the column."""
    op.drop_index("ix_post_index_reach", table_name="post_index")
    op.drop_column("post_index", "edition")
    op.create_index("ix_post_index_reach", "post_index", list(COLUMNS), unique=False)
