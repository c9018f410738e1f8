"""
Let a handoff name its lots: bags promised to a holder, chosen bags of a proposal, and what a family was shown.

The ledger also learns "nobody said how it arrived". Rebuilding its table on SQLite loses the triggers that refuse any
change of a line, so they are made again.
"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0028"
branch_labels = None
depends_on = None

_CONDITIONS = "condition IS NULL OR condition IN ('frozen', 'cold', 'partly_thawed', 'thawed', 'unsaid')"
_CONDITIONS_BEFORE = "condition IS NULL OR condition IN ('frozen', 'cold', 'partly_thawed', 'thawed')"


def upgrade() -> None:
    """Create the tables, give each handoff a name for the ledger, and count promised bags."""
    _promises()
    _lots_of_handoffs()
    with op.batch_alter_table("lot_bags", schema=None) as batch_op:
        batch_op.add_column(sa.Column("promised", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_check_constraint(
            op.f("ck_lot_bags_never_promised_twice"), "promised >= 0 AND gone + promised <= count"
        )
    with op.batch_alter_table("handoffs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("holder", sa.String(length=22), nullable=True))
    _name_holders()
    with op.batch_alter_table("handoffs", schema=None) as batch_op:
        batch_op.alter_column("holder", existing_type=sa.String(length=22), nullable=False)
        batch_op.create_unique_constraint(op.f("uq_handoffs_holder"), ["holder"])
    _conditions(_CONDITIONS)


def _promises() -> None:
    op.create_table(
        "lot_promises",
        sa.Column("lot_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("holder", sa.String(length=22), nullable=False),
        sa.Column("size_ml", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("count > 0", name=op.f("ck_lot_promises_count_positive")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_lot_promises_lot_id_lots")),
        sa.PrimaryKeyConstraint("lot_id", "holder", "size_ml", name=op.f("pk_lot_promises")),
    )
    op.create_index("ix_lot_promises_holder", "lot_promises", ["holder"], unique=False)


def _lots_of_handoffs() -> None:
    op.create_table(
        "handoff_wishes",
        sa.Column("handoff_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("lot_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size_ml", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_handoff_wishes_count_positive")),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoffs.id"], name=op.f("fk_handoff_wishes_handoff_id_handoffs")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_handoff_wishes_lot_id_lots")),
        sa.PrimaryKeyConstraint("handoff_id", "lot_id", "size_ml", name=op.f("pk_handoff_wishes")),
    )
    op.create_table(
        "handoff_lots",
        sa.Column("handoff_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("custody_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kept", sa.String(length=15), nullable=False),
        sa.Column("heat", sa.String(length=16), nullable=False),
        sa.Column("use_by", sa.Date(), nullable=False),
        sa.Column("statement_version", sa.Integer(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["custody_id"], ["custody_lots.id"], name=op.f("fk_handoff_lots_custody_id_custody_lots")
        ),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoffs.id"], name=op.f("fk_handoff_lots_handoff_id_handoffs")),
        sa.PrimaryKeyConstraint("handoff_id", "custody_id", name=op.f("pk_handoff_lots")),
    )


def _name_holders() -> None:
    connection = op.get_bind()
    handoffs = connection.execute(sa.text("SELECT id FROM handoffs")).scalars().all()
    named = [{"handoff": handoff, "holder": secrets.token_urlsafe(16)} for handoff in handoffs]
    if named:
        connection.execute(sa.text("UPDATE handoffs SET holder = :holder WHERE id = :handoff"), named)


def _conditions(allowed: str) -> None:
    with op.batch_alter_table("custody_entries", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_custody_entries_condition_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_custody_entries_condition_known"), allowed)
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER custody_entries_no_{verb.lower()} BEFORE {verb} ON custody_entries "
                "BEGIN SELECT RAISE(ABORT, 'custody_entries is append-only'); END"
            )


def downgrade() -> None:
    """Forget which bags were promised; what was received in a condition nobody told keeps the ledger from going back."""
    _conditions(_CONDITIONS_BEFORE)
    with op.batch_alter_table("handoffs", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("uq_handoffs_holder"), type_="unique")
        batch_op.drop_column("holder")
    with op.batch_alter_table("lot_bags", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_lot_bags_never_promised_twice"), type_="check")
        batch_op.drop_column("promised")
    op.drop_table("handoff_lots")
    op.drop_table("handoff_wishes")
    op.drop_index("ix_lot_promises_holder", table_name="lot_promises")
    op.drop_table("lot_promises")
