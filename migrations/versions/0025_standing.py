"""
Let the edition of a post cover where it stands, so that a list knows it without reading the rest of its row.

Until the worker has built the rows anew, lists read the posts each time.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Leave the work for the worker, because only the application can read the posts."""
    leave_job("posts.reindex@0025")


def downgrade() -> None:
    """The same, with the editions of before."""
    leave_job("posts.reindex@0025-back")


def leave_job(key: str) -> None:
    """Let the worker build the rows of the index anew from the posts, once; in an empty index there is nothing to do."""
    if op.get_bind().scalar(sa.text("SELECT post_id FROM post_index LIMIT 1")) is None:
        return
    kinds = {"payload": sa.JSON(), "run_after": sa.DateTime(timezone=True), "created_at": sa.DateTime(timezone=True)}
    names = ("kind", "payload", "unique_key", "state", "run_after", "attempts", "created_at")
    now = datetime.now(UTC)
    jobs = sa.table("jobs", *(sa.column(name, kinds.get(name)) for name in names))
    op.execute(jobs.delete().where(jobs.c.unique_key == key))
    values = ("posts.reindex", {"first": 1}, key, "queued", now, 0, now)
    op.execute(jobs.insert().values(dict(zip(names, values, strict=True))))
