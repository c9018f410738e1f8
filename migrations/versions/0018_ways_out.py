"""
Create what leaves the site of notices: sendings, choices, quiet hours and the browsers that take pushes.

Notices from before have no sending: nothing is sent about them any more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.add_column("notices", sa.Column("urgent", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "notice_sendings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=4), nullable=False),
        sa.Column("mode", sa.String(length=7), nullable=False),
        sa.Column("asked_only", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=7), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name=op.f("ck_notice_sendings_ended_when_over")),
        sa.CheckConstraint("channel IN ('mail', 'push')", name=op.f("ck_notice_sendings_channel_known")),
        sa.CheckConstraint("mode IN ('instant', 'digest')", name=op.f("ck_notice_sendings_mode_known")),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'dropped')", name=op.f("ck_notice_sendings_state_known")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_notice_sendings_notice_id_notices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_sendings")),
        sa.UniqueConstraint("notice_id", "channel", name="uq_notice_sendings_channel"),
    )
    op.create_index("ix_notice_sendings_due", "notice_sendings", ["state", "mode", "due_at"], unique=False)
    op.create_table(
        "notice_choices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(length=12), nullable=False),
        sa.Column("channel", sa.String(length=4), nullable=False),
        sa.Column("choice", sa.String(length=7), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("channel IN ('mail', 'push')", name=op.f("ck_notice_choices_channel_known")),
        sa.CheckConstraint("choice IN ('instant', 'digest', 'off')", name=op.f("ck_notice_choices_choice_known")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notice_choices_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_choices")),
        sa.UniqueConstraint("user_id", "about", "channel", name="uq_notice_choices_one"),
    )
    op.create_table(
        "notice_paces",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("quiet", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("quiet_start", sa.Integer(), nullable=False),
        sa.Column("quiet_end", sa.Integer(), nullable=False),
        sa.Column("digest_hour", sa.Integer(), nullable=False),
        sa.CheckConstraint("digest_hour BETWEEN 0 AND 23", name=op.f("ck_notice_paces_digest_hour_an_hour")),
        sa.CheckConstraint("quiet_end BETWEEN 0 AND 23", name=op.f("ck_notice_paces_quiet_end_an_hour")),
        sa.CheckConstraint("quiet_start <> quiet_end", name=op.f("ck_notice_paces_quiet_has_an_end")),
        sa.CheckConstraint("quiet_start BETWEEN 0 AND 23", name=op.f("ck_notice_paces_quiet_start_an_hour")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notice_paces_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notice_paces")),
    )
    op.create_table(
        "push_devices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("endpoint", sa.String(length=1000), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("p256dh", sa.String(length=100), nullable=False),
        sa.Column("auth", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_push_devices_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_devices")),
        sa.UniqueConstraint("digest", name="uq_push_devices_digest"),
        sa.UniqueConstraint("public_id", name=op.f("uq_push_devices_public_id")),
    )
    op.create_index(op.f("ix_push_devices_user_id"), "push_devices", ["user_id"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index(op.f("ix_push_devices_user_id"), table_name="push_devices")
    op.drop_table("push_devices")
    op.drop_table("notice_paces")
    op.drop_table("notice_choices")
    op.drop_index("ix_notice_sendings_due", table_name="notice_sendings")
    op.drop_table("notice_sendings")
    op.drop_column("notices", "urgent")
