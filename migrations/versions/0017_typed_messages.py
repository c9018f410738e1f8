"""Let messages be typed, edited and deleted; keep what was held, what stood there before, and addresses told."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None

_KINDS = "kind IN ('text', 'question', 'answer', 'phrase', 'picture', 'card', 'system')"
_KINDS_BEFORE = "kind IN ('text', 'question', 'card', 'system')"
_TARGETS = "target_kind IN ('post', 'message', 'interest', 'member', 'held')"
_TARGETS_BEFORE = "target_kind IN ('post', 'message', 'interest', 'member')"


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Widen the tables there are and create the three that are new."""
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("change_no", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reply_to", sa.Integer(), nullable=True))
        batch_op.add_column(_moment("edited_at"))
        batch_op.add_column(_moment("deleted_at"))
        batch_op.add_column(sa.Column("change_no", sa.Integer(), server_default="0", nullable=False))
        batch_op.drop_constraint(op.f("ck_messages_kind_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_messages_kind_known"), _KINDS)
        batch_op.create_check_constraint(op.f("ck_messages_deleted_empty"), "deleted_at IS NULL OR body = ''")
    op.create_index(
        "ix_messages_changes", "messages", ["conversation_id", "change_no"], unique=False,
        sqlite_where=sa.text("change_no > 0"), postgresql_where=sa.text("change_no > 0"),
    )  # fmt: skip
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_cases_target_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_cases_target_known"), _TARGETS)
    _create_versions()
    _create_held()
    _create_addresses()


def _create_versions() -> None:
    op.create_table(
        "message_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=True),
        _moment("until", nullable=False),
        _moment("keep_until", nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_message_versions_message_id_messages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_versions")),
    )
    with op.batch_alter_table("message_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_versions_message_id"), ["message_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_message_versions_keep_until"), ["keep_until"], unique=False)


def _create_held() -> None:
    op.create_table(
        "held_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("writer_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=True),
        sa.Column("reply_to", sa.Integer(), nullable=True),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        _moment("held_at", nullable=False),
        _moment("decided_at"),
        sa.CheckConstraint(
            "state IN ('waiting', 'released', 'refused')", name=op.f("ck_held_messages_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_held_messages_conversation_id_conversations")
        ),
        sa.ForeignKeyConstraint(["writer_id"], ["users.id"], name=op.f("fk_held_messages_writer_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_messages")),
        sa.UniqueConstraint("writer_id", "client_id", name="uq_held_messages_client"),
    )  # fmt: skip
    op.create_index("ix_held_messages_writer", "held_messages", ["conversation_id", "writer_id"], unique=False)


def _create_addresses() -> None:
    op.create_table(
        "address_cards",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("writer_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        _moment("told_at", nullable=False),
        _moment("ends_at", nullable=False),
        _moment("ended_at"),
        sa.CheckConstraint("ended_at IS NULL OR address = ''", name=op.f("ck_address_cards_ended_empty")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_address_cards_conversation_id_conversations")
        ),
        sa.ForeignKeyConstraint(["writer_id"], ["users.id"], name=op.f("fk_address_cards_writer_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_cards")),
        sa.UniqueConstraint("public_id", name=op.f("uq_address_cards_public_id")),
    )
    with op.batch_alter_table("address_cards", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_address_cards_conversation_id"), ["conversation_id"], unique=False)


def downgrade() -> None:
    """Drop what is new; messages of the new kinds stay as lines that say nothing."""
    for table in ("address_cards", "held_messages", "message_versions"):
        op.drop_table(table)
    for table in ("decisions", "reports"):
        op.execute(f"DELETE FROM {table} WHERE case_id IN (SELECT id FROM cases WHERE target_kind = 'held')")  # noqa: S608
    op.execute("DELETE FROM cases WHERE target_kind = 'held'")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_cases_target_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_cases_target_known"), _TARGETS_BEFORE)
    op.drop_index("ix_messages_changes", table_name="messages")
    op.execute("UPDATE messages SET kind = 'system' WHERE kind IN ('answer', 'phrase', 'picture')")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_messages_deleted_empty"), type_="check")
        batch_op.drop_constraint(op.f("ck_messages_kind_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_messages_kind_known"), _KINDS_BEFORE)
        for column in ("change_no", "deleted_at", "edited_at", "reply_to"):
            batch_op.drop_column(column)
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.drop_column("change_no")
