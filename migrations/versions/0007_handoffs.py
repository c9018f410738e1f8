"""Create balances, handoffs and their history."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "offer_balances",
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.Column("total_ml", sa.Integer(), nullable=False),
        sa.Column("reserved_ml", sa.Integer(), nullable=False),
        sa.Column("given_ml", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "reserved_ml + given_ml <= total_ml",
            name=op.f("ck_offer_balances_never_twice"),
        ),
        sa.CheckConstraint(
            "reserved_ml >= 0 AND given_ml >= 0",
            name=op.f("ck_offer_balances_not_negative"),
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["posts.id"], name=op.f("fk_offer_balances_offer_id_posts")),
        sa.PrimaryKeyConstraint("offer_id", "period", name=op.f("pk_offer_balances")),
    )
    op.create_table(
        "handoffs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("donor_id", sa.Integer(), nullable=False),
        sa.Column("family_id", sa.Integer(), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.Column("volume_ml", sa.Integer(), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place_note", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("submit_token", sa.String(length=64), nullable=False),
        sa.Column("donor_given_ml", sa.Integer(), nullable=True),
        sa.Column("family_received_ml", sa.Integer(), nullable=True),
        sa.Column("condition", sa.String(length=20), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "condition IS NULL OR condition IN ('frozen', 'cold', 'partly_thawed', 'thawed')",
            name=op.f("ck_handoffs_condition_known"),
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'agreed', 'confirmed', 'declined', 'cancelled', 'missed')",
            name=op.f("ck_handoffs_state_known"),
        ),
        sa.CheckConstraint(
            "donor_given_ml IS NULL OR donor_given_ml >= 0",
            name=op.f("ck_handoffs_given_not_negative"),
        ),
        sa.CheckConstraint(
            "family_received_ml IS NULL OR family_received_ml >= 0",
            name=op.f("ck_handoffs_received_not_negative"),
        ),
        sa.CheckConstraint(
            "(state = 'confirmed') = (confirmed_at IS NOT NULL)",
            name=op.f("ck_handoffs_confirmed_has_its_moment"),
        ),
        sa.CheckConstraint("donor_id <> family_id", name=op.f("ck_handoffs_two_people")),
        sa.CheckConstraint("volume_ml > 0", name=op.f("ck_handoffs_volume_positive")),
        sa.CheckConstraint("window_end > window_start", name=op.f("ck_handoffs_window_in_order")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_handoffs_conversation_id_conversations"),
        ),
        sa.ForeignKeyConstraint(["donor_id"], ["users.id"], name=op.f("fk_handoffs_donor_id_users")),
        sa.ForeignKeyConstraint(["family_id"], ["users.id"], name=op.f("fk_handoffs_family_id_users")),
        sa.ForeignKeyConstraint(["offer_id"], ["posts.id"], name=op.f("fk_handoffs_offer_id_posts")),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"],
            ["users.id"],
            name=op.f("fk_handoffs_proposed_by_id_users"),
        ),
        sa.ForeignKeyConstraint(["request_id"], ["posts.id"], name=op.f("fk_handoffs_request_id_posts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handoffs")),
        sa.UniqueConstraint("proposed_by_id", "submit_token", name="uq_handoffs_proposer_submit"),
        sa.UniqueConstraint("public_id", name=op.f("uq_handoffs_public_id")),
    )
    with op.batch_alter_table("handoffs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handoffs_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_handoffs_donor_id"), ["donor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_handoffs_family_id"), ["family_id"], unique=False)
        batch_op.create_index("ix_handoffs_offer_state", ["offer_id", "state"], unique=False)
        batch_op.create_index("ix_handoffs_state_end", ["state", "window_end"], unique=False)

    op.create_table(
        "handoff_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handoff_id", sa.Integer(), nullable=False),
        sa.Column("old_state", sa.String(length=12), nullable=True),
        sa.Column("new_state", sa.String(length=12), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_handoff_changes_actor_id_users")),
        sa.ForeignKeyConstraint(
            ["handoff_id"],
            ["handoffs.id"],
            name=op.f("fk_handoff_changes_handoff_id_handoffs"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handoff_changes")),
    )
    with op.batch_alter_table("handoff_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handoff_changes_handoff_id"), ["handoff_id"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    with op.batch_alter_table("handoff_changes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handoff_changes_handoff_id"))

    op.drop_table("handoff_changes")
    with op.batch_alter_table("handoffs", schema=None) as batch_op:
        batch_op.drop_index("ix_handoffs_state_end")
        batch_op.drop_index("ix_handoffs_offer_state")
        batch_op.drop_index(batch_op.f("ix_handoffs_family_id"))
        batch_op.drop_index(batch_op.f("ix_handoffs_donor_id"))
        batch_op.drop_index(batch_op.f("ix_handoffs_conversation_id"))

    op.drop_table("handoffs")
    op.drop_table("offer_balances")
