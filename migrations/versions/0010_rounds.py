"""Create proposals, rounds, touched posts, bookings and milk questions; note when a choice fell through."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables and the column."""
    op.create_table(
        "rounds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offers", sa.Integer(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("candidates", sa.Integer(), nullable=False),
        sa.Column("chosen", sa.Integer(), nullable=False),
        sa.Column("lapsed", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("(kind = 'full') = (slot IS NOT NULL)", name=op.f("ck_rounds_full_has_its_slot")),
        sa.CheckConstraint("kind IN ('full', 'micro')", name=op.f("ck_rounds_kind_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rounds")),
        sa.UniqueConstraint("slot", name="uq_rounds_slot"),
    )
    op.create_table(
        "bookings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handoff", sa.String(length=22), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("volume_ml", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received", sa.Boolean(), nullable=False),
        sa.CheckConstraint("volume_ml >= 0", name=op.f("ck_bookings_volume_not_negative")),
        sa.ForeignKeyConstraint(["offer_id"], ["posts.id"], name=op.f("fk_bookings_offer_id_posts")),
        sa.ForeignKeyConstraint(["request_id"], ["posts.id"], name=op.f("fk_bookings_request_id_posts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
        sa.UniqueConstraint("handoff", name=op.f("uq_bookings_handoff")),
    )
    with op.batch_alter_table("bookings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bookings_offer_id"), ["offer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bookings_request_id"), ["request_id"], unique=False)

    op.create_table(
        "milk_questions",
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["offer_id"], ["posts.id"], name=op.f("fk_milk_questions_offer_id_posts")),
        sa.PrimaryKeyConstraint("offer_id", name=op.f("pk_milk_questions")),
    )
    with op.batch_alter_table("milk_questions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_milk_questions_asked_at"), ["asked_at"], unique=False)

    op.create_table(
        "proposals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("donor_id", sa.Integer(), nullable=False),
        sa.Column("family_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("passed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'declined') = (passed_by_id IS NOT NULL)", name=op.f("ck_proposals_declined_by_somebody")
        ),
        sa.CheckConstraint(
            "state <> 'shown' OR (shown_at IS NOT NULL AND ended_at IS NULL)", name=op.f("ck_proposals_shown_stands")
        ),
        sa.CheckConstraint(
            "state IN ('shown', 'lapsed', 'answered', 'declined', 'closed')", name=op.f("ck_proposals_state_known")
        ),
        sa.CheckConstraint("donor_id <> family_id", name=op.f("ck_proposals_two_people")),
        sa.ForeignKeyConstraint(["donor_id"], ["users.id"], name=op.f("fk_proposals_donor_id_users")),
        sa.ForeignKeyConstraint(["family_id"], ["users.id"], name=op.f("fk_proposals_family_id_users")),
        sa.ForeignKeyConstraint(["offer_id"], ["posts.id"], name=op.f("fk_proposals_offer_id_posts")),
        sa.ForeignKeyConstraint(["passed_by_id"], ["users.id"], name=op.f("fk_proposals_passed_by_id_users")),
        sa.ForeignKeyConstraint(["request_id"], ["posts.id"], name=op.f("fk_proposals_request_id_posts")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_proposals_round_id_rounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
        sa.UniqueConstraint("offer_id", "request_id", name="uq_proposals_pair"),
        sa.UniqueConstraint("public_id", name=op.f("uq_proposals_public_id")),
    )
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposals_donor_id"), ["donor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposals_family_id"), ["family_id"], unique=False)
        batch_op.create_index("ix_proposals_offer_state", ["offer_id", "state"], unique=False)
        batch_op.create_index("ix_proposals_request_state", ["request_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposals_round_id"), ["round_id"], unique=False)
        batch_op.create_index("ix_proposals_state_shown", ["state", "shown_at"], unique=False)

    op.create_table(
        "touched_posts",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_touched_posts_post_id_posts")),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_touched_posts")),
    )
    with op.batch_alter_table("interests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("fell_through_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("interests", schema=None) as batch_op:
        batch_op.drop_column("fell_through_at")

    op.drop_table("touched_posts")
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.drop_index("ix_proposals_state_shown")
        batch_op.drop_index(batch_op.f("ix_proposals_round_id"))
        batch_op.drop_index("ix_proposals_request_state")
        batch_op.drop_index("ix_proposals_offer_state")
        batch_op.drop_index(batch_op.f("ix_proposals_family_id"))
        batch_op.drop_index(batch_op.f("ix_proposals_donor_id"))

    op.drop_table("proposals")
    with op.batch_alter_table("milk_questions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_milk_questions_asked_at"))

    op.drop_table("milk_questions")
    with op.batch_alter_table("bookings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bookings_request_id"))
        batch_op.drop_index(batch_op.f("ix_bookings_offer_id"))

    op.drop_table("bookings")
    op.drop_table("rounds")
