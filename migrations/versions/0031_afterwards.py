"""Keep what follows a confirmed handoff, who wants to be asked, and when a family said how much milk it has."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; what was confirmed before has what follows too, but nobody is asked about it any more."""
    op.create_table(
        "handoff_afters",
        sa.Column("handoff_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("need_ml_per_day", sa.Integer(), nullable=False),
        sa.Column("came_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("went", sa.String(length=10), nullable=True),
        sa.Column("shares_days", sa.Boolean(), nullable=False),
        sa.Column("thanks", sa.Text(), nullable=False),
        sa.Column("thanked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("thanks_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("need_ml_per_day > 0", name=op.f("ck_handoff_afters_need_positive")),
        sa.CheckConstraint(
            "went IS NULL OR went IN ('fine', 'not-taken', 'not-used', 'problem')",
            name=op.f("ck_handoff_afters_went_known"),
        ),
        sa.CheckConstraint(
            "thanks = '' OR thanked_at IS NOT NULL", name=op.f("ck_handoff_afters_thanks_have_their_moment")
        ),
        sa.CheckConstraint(
            "thanks_told_at IS NULL OR thanked_at IS NOT NULL", name=op.f("ck_handoff_afters_told_of_something")
        ),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoffs.id"], name=op.f("fk_handoff_afters_handoff_id_handoffs")),
        sa.PrimaryKeyConstraint("handoff_id", name=op.f("pk_handoff_afters")),
    )
    op.create_table(
        "after_wishes",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("questions", sa.Boolean(), nullable=False),
        sa.Column("thanks", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_after_wishes_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_after_wishes")),
    )
    op.add_column("requests", sa.Column("stock_said_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "INSERT INTO handoff_afters (handoff_id, need_ml_per_day, came_at, shares_days, thanks) "
        "SELECT handoffs.id, requests.need_ml_per_day, handoffs.confirmed_at, false, '' "
        "FROM handoffs JOIN requests ON requests.post_id = handoffs.request_id WHERE handoffs.state = 'confirmed'"
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_column("requests", "stock_said_at")
    op.drop_table("after_wishes")
    op.drop_table("handoff_afters")
