"""
Let a withdrawal end without telling anybody, an address be forgotten early, and a donor's offers rest for a look.

Rebuilding the ledger's table on SQLite loses the triggers that refuse any change of a line, so they are made again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0030"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
_STATES = ("state IN ('review', 'telling', 'closed', 'ended')", "state IN ('review', 'telling', 'closed')")
_CLOSED = (
    "(state IN ('closed', 'ended')) = (closed_at IS NOT NULL)",
    "(state = 'closed') = (closed_at IS NOT NULL)",
)
_BEFORE = (
    "'created', 'split', 'moved', 'thawed', 'reserved', 'released', 'handed_over', 'fed', 'stored', 'discarded', "
    "'withdrawn'"
)
_KINDS = (f"kind IN ({_BEFORE}, 'cleared')", f"kind IN ({_BEFORE})")
_TARGETS = (
    "target_kind IN ('post', 'message', 'interest', 'member', 'held', 'giving')",
    "target_kind IN ('post', 'message', 'interest', 'member', 'held')",
)
_CAUSES = (
    "cause IN ('first_post', 'report', 'screen', 'edited', 'withdrawal')",
    "cause IN ('first_post', 'report', 'screen', 'edited')",
)


def upgrade() -> None:
    """Widen what may be said, and create the two tables."""
    _widen(0)
    with op.batch_alter_table("withdrawals", schema=None) as batch_op:
        batch_op.add_column(sa.Column("looked_by_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_withdrawals_looked_by_id_users"), "users", ["looked_by_id"], ["id"])
    with op.batch_alter_table("recall_contacts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("leaver", sa.String(length=22), nullable=True))
    _name_leavers()
    with op.batch_alter_table("recall_contacts", schema=None) as batch_op:
        batch_op.alter_column("leaver", existing_type=sa.String(length=22), nullable=False)
        batch_op.create_index(op.f("ix_recall_contacts_leaver"), ["leaver"])
    op.create_table(
        "recall_contact_links",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("leaver", sa.String(length=22), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_recall_contact_links")),
    )
    _rests()


def _rests() -> None:
    op.create_table(
        "giving_rests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("withdrawal_id", sa.Integer(), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("lifted_at", MOMENT, nullable=True),
        sa.Column("lifted_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "lifted_by_id IS NULL OR lifted_at IS NOT NULL", name=op.f("ck_giving_rests_lifted_at_a_moment")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["users.id"], name=op.f("fk_giving_rests_person_id_users")),
        sa.ForeignKeyConstraint(
            ["withdrawal_id"], ["withdrawals.id"], name=op.f("fk_giving_rests_withdrawal_id_withdrawals")
        ),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["users.id"], name=op.f("fk_giving_rests_lifted_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_giving_rests")),
    )
    going_on = sa.text("lifted_at IS NULL")
    op.create_index(
        "uq_giving_rests_going_on", "giving_rests", ["person_id"], unique=True, sqlite_where=going_on,
        postgresql_where=going_on,
    )  # fmt: skip


def _name_leavers() -> None:
    """The addresses kept before are named by one of their handoffs; those of one person belong together."""
    op.execute(
        "UPDATE recall_contacts SET leaver = (SELECT MIN(other.holder) FROM recall_contacts AS other "
        "WHERE other.email = recall_contacts.email AND other.kept_at = recall_contacts.kept_at)"
    )


def _widen(which: int) -> None:
    _check("withdrawals", {"state_known": _STATES[which], "closed_has_its_moment": _CLOSED[which]})
    _check("cases", {"target_known": _TARGETS[which], "cause_known": _CAUSES[which]})
    _check("custody_entries", {"kind_known": _KINDS[which]})
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER custody_entries_no_{verb.lower()} BEFORE {verb} ON custody_entries "
                "BEGIN SELECT RAISE(ABORT, 'custody_entries is append-only'); END"
            )


def _check(table: str, wanted: dict[str, str]) -> None:
    with op.batch_alter_table(table, schema=None) as batch_op:
        for name, condition in wanted.items():
            batch_op.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
            batch_op.create_check_constraint(op.f(f"ck_{table}_{name}"), condition)


def downgrade() -> None:
    """
    Forget rests and links; milk that was cleared keeps the ledger from going back.

    A withdrawal that ended without telling waits for a moderator again.
    """
    op.execute("DELETE FROM decisions WHERE case_id IN (SELECT id FROM cases WHERE target_kind = 'giving')")
    op.execute("DELETE FROM cases WHERE target_kind = 'giving'")
    op.execute("UPDATE withdrawals SET state = 'review', closed_at = NULL WHERE state = 'ended'")
    op.drop_table("giving_rests")
    op.drop_table("recall_contact_links")
    with op.batch_alter_table("recall_contacts", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_recall_contacts_leaver"))
        batch_op.drop_column("leaver")
    with op.batch_alter_table("withdrawals", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_withdrawals_looked_by_id_users"), type_="foreignkey")
        batch_op.drop_column("looked_by_id")
    _widen(1)
