"""Create interests and their history."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "interests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("donor_id", sa.Integer(), nullable=False),
        sa.Column("family_id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("disclosure_version", sa.Integer(), nullable=True),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("origin IN ('yes', 'invitation')", name=op.f("ck_interests_origin_known")),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'declined', 'withdrawn', 'lapsed', 'closed')",
            name=op.f("ck_interests_state_known"),
        ),
        sa.CheckConstraint("donor_id <> family_id", name=op.f("ck_interests_two_people")),
        sa.ForeignKeyConstraint(["donor_id"], ["users.id"], name=op.f("fk_interests_donor_id_users")),
        sa.ForeignKeyConstraint(["family_id"], ["users.id"], name=op.f("fk_interests_family_id_users")),
        sa.ForeignKeyConstraint(["offer_id"], ["posts.id"], name=op.f("fk_interests_offer_id_posts")),
        sa.ForeignKeyConstraint(["request_id"], ["posts.id"], name=op.f("fk_interests_request_id_posts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interests")),
        sa.UniqueConstraint("offer_id", "request_id", name="uq_interests_pair"),
        sa.UniqueConstraint("public_id", name=op.f("uq_interests_public_id")),
    )
    with op.batch_alter_table("interests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_interests_donor_id"), ["donor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_interests_family_id"), ["family_id"], unique=False)
        batch_op.create_index(
            "ix_interests_offer_state",
            ["offer_id", "state", "created_at"],
            unique=False,
        )
        batch_op.create_index("ix_interests_request_state", ["request_id", "state"], unique=False)

    op.create_table(
        "interest_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("interest_id", sa.Integer(), nullable=False),
        sa.Column("old_state", sa.String(length=12), nullable=True),
        sa.Column("new_state", sa.String(length=12), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_interest_changes_actor_id_users")),
        sa.ForeignKeyConstraint(
            ["interest_id"],
            ["interests.id"],
            name=op.f("fk_interest_changes_interest_id_interests"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest_changes")),
    )
    with op.batch_alter_table("interest_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_interest_changes_interest_id"), ["interest_id"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    with op.batch_alter_table("interest_changes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_interest_changes_interest_id"))

    op.drop_table("interest_changes")
    with op.batch_alter_table("interests", schema=None) as batch_op:
        batch_op.drop_index("ix_interests_request_state")
        batch_op.drop_index("ix_interests_offer_state")
        batch_op.drop_index(batch_op.f("ix_interests_family_id"))
        batch_op.drop_index(batch_op.f("ix_interests_donor_id"))

    op.drop_table("interests")
