"""
Create lots, and the custody ledger beside them.

The ledger's lines are refused any change and any deletion by the database itself. A later migration that rebuilds
``custody_entries`` on SQLite loses these triggers and has to make them again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0025"
branch_labels = None
depends_on = None

KEPT = "('fresh', 'fridge', 'freezer', 'deep_freezer', 'freezer_unknown')"


def upgrade() -> None:
    """Create the tables and what guards the ledger."""
    _custody()
    _own()
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER custody_entries_no_{verb.lower()} BEFORE {verb} ON custody_entries "
                "BEGIN SELECT RAISE(ABORT, 'custody_entries is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_custody_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'custody_entries is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER custody_entries_no_change BEFORE UPDATE OR DELETE ON custody_entries "
        "FOR EACH ROW EXECUTE FUNCTION refuse_custody_change()"
    )


def _custody() -> None:
    op.create_table(
        "custody_lots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=22), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("pumped_from", sa.Date(), nullable=False),
        sa.Column("pumped_to", sa.Date(), nullable=False),
        sa.Column("made_ml", sa.Integer(), nullable=False),
        sa.Column("reserved_ml", sa.Integer(), nullable=False),
        sa.Column("given_ml", sa.Integer(), nullable=False),
        sa.Column("ended_ml", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.CheckConstraint("made_ml > 0", name=op.f("ck_custody_lots_made_positive")),
        sa.CheckConstraint(
            "reserved_ml >= 0 AND given_ml >= 0 AND ended_ml >= 0", name=op.f("ck_custody_lots_not_negative")
        ),
        sa.CheckConstraint(
            "reserved_ml + given_ml + ended_ml <= made_ml", name=op.f("ck_custody_lots_never_more_than_made")
        ),
        sa.CheckConstraint("pumped_to >= pumped_from", name=op.f("ck_custody_lots_pumped_in_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_lots")),
        sa.UniqueConstraint("code", name=op.f("uq_custody_lots_code")),
        sa.UniqueConstraint("token", name=op.f("uq_custody_lots_token")),
    )
    op.create_table(
        "custody_holdings",
        sa.Column("lot_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("holder", sa.String(length=22), nullable=False),
        sa.Column("reserved_ml", sa.Integer(), nullable=False),
        sa.Column("received_ml", sa.Integer(), nullable=False),
        sa.Column("used_ml", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "reserved_ml >= 0 AND received_ml >= 0 AND used_ml >= 0", name=op.f("ck_custody_holdings_not_negative")
        ),
        sa.CheckConstraint("used_ml <= received_ml", name=op.f("ck_custody_holdings_never_more_than_received")),
        sa.ForeignKeyConstraint(["lot_id"], ["custody_lots.id"], name=op.f("fk_custody_holdings_lot_id_custody_lots")),
        sa.PrimaryKeyConstraint("lot_id", "holder", name=op.f("pk_custody_holdings")),
    )
    op.create_index("ix_custody_holdings_holder", "custody_holdings", ["holder"], unique=False)
    op.create_table(
        "custody_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=11), nullable=False),
        sa.Column("volume_ml", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=22), nullable=True),
        sa.Column("other_lot_id", sa.Integer(), nullable=True),
        sa.Column("condition", sa.String(length=13), nullable=True),
        sa.Column("kept", sa.String(length=15), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('created', 'split', 'moved', 'thawed', 'reserved', 'released', 'handed_over', 'fed', 'stored', "
            "'discarded', 'withdrawn')",
            name=op.f("ck_custody_entries_kind_known"),
        ),
        sa.CheckConstraint("volume_ml > 0", name=op.f("ck_custody_entries_volume_positive")),
        sa.CheckConstraint(
            "kind NOT IN ('reserved', 'released', 'handed_over', 'fed', 'stored') OR holder IS NOT NULL",
            name=op.f("ck_custody_entries_holder_named"),
        ),
        sa.CheckConstraint(
            "kind <> 'split' OR other_lot_id IS NOT NULL", name=op.f("ck_custody_entries_split_names_other")
        ),
        sa.CheckConstraint(
            "other_lot_id IS NULL OR kind IN ('split', 'created')", name=op.f("ck_custody_entries_other_of_a_split")
        ),
        sa.CheckConstraint(
            "(kind = 'handed_over') = (condition IS NOT NULL)", name=op.f("ck_custody_entries_condition_on_arrival")
        ),
        sa.CheckConstraint(
            "condition IS NULL OR condition IN ('frozen', 'cold', 'partly_thawed', 'thawed')",
            name=op.f("ck_custody_entries_condition_known"),
        ),
        sa.CheckConstraint(f"kept IS NULL OR kept IN {KEPT}", name=op.f("ck_custody_entries_kept_known")),
        sa.ForeignKeyConstraint(["lot_id"], ["custody_lots.id"], name=op.f("fk_custody_entries_lot_id_custody_lots")),
        sa.ForeignKeyConstraint(
            ["other_lot_id"], ["custody_lots.id"], name=op.f("fk_custody_entries_other_lot_id_custody_lots")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_entries")),
    )
    op.create_index(op.f("ix_custody_entries_lot_id"), "custody_entries", ["lot_id"], unique=False)


def _own() -> None:
    op.create_table(
        "donor_statements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("donor_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_donor_statements_version_positive")),
        sa.ForeignKeyConstraint(["donor_id"], ["users.id"], name=op.f("fk_donor_statements_donor_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_donor_statements")),
        sa.UniqueConstraint("donor_id", "version", name="uq_donor_statements_version"),
    )
    op.create_table(
        "lots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("donor_id", sa.Integer(), nullable=False),
        sa.Column("custody_id", sa.Integer(), nullable=False),
        sa.Column("kept", sa.String(length=15), nullable=False),
        sa.Column("heat", sa.String(length=16), nullable=False),
        sa.Column("thawed_on", sa.Date(), nullable=True),
        sa.Column("statement_id", sa.Integer(), nullable=True),
        sa.Column("submit_token", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"kept IN {KEPT}", name=op.f("ck_lots_kept_known")),
        sa.CheckConstraint(
            "heat IN ('none', 'scalded', 'flash_heated', 'holder_home', 'bank_pasteurised')",
            name=op.f("ck_lots_heat_known"),
        ),
        sa.ForeignKeyConstraint(["custody_id"], ["custody_lots.id"], name=op.f("fk_lots_custody_id_custody_lots")),
        sa.ForeignKeyConstraint(["donor_id"], ["users.id"], name=op.f("fk_lots_donor_id_users")),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["donor_statements.id"], name=op.f("fk_lots_statement_id_donor_statements")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lots")),
        sa.UniqueConstraint("custody_id", name=op.f("uq_lots_custody_id")),
        sa.UniqueConstraint("donor_id", "submit_token", name="uq_lots_donor_submit"),
        sa.UniqueConstraint("public_id", name=op.f("uq_lots_public_id")),
    )
    op.create_index(op.f("ix_lots_donor_id"), "lots", ["donor_id"], unique=False)
    op.create_table(
        "lot_bags",
        sa.Column("lot_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size_ml", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Integer(), nullable=False),
        sa.CheckConstraint("size_ml > 0 AND count > 0", name=op.f("ck_lot_bags_positive")),
        sa.CheckConstraint("gone BETWEEN 0 AND count", name=op.f("ck_lot_bags_gone_in_count")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_lot_bags_lot_id_lots")),
        sa.PrimaryKeyConstraint("lot_id", "size_ml", name=op.f("pk_lot_bags")),
    )


def downgrade() -> None:
    """Drop the tables, and with them their triggers."""
    op.drop_table("lot_bags")
    op.drop_index(op.f("ix_lots_donor_id"), table_name="lots")
    op.drop_table("lots")
    op.drop_table("donor_statements")
    op.drop_index(op.f("ix_custody_entries_lot_id"), table_name="custody_entries")
    op.drop_table("custody_entries")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_custody_change()")
    op.drop_index("ix_custody_holdings_holder", table_name="custody_holdings")
    op.drop_table("custody_holdings")
    op.drop_table("custody_lots")
