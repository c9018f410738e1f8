"""Let a donor keep days back: the days, how they stand to her lots, and the ledger's word that a lot is kept back."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No lot is kept back yet."""
    with op.batch_alter_table("custody_lots", schema=None) as batch_op:
        batch_op.add_column(sa.Column("excluded", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("custody_lots", schema=None) as batch_op:
        batch_op.alter_column("excluded", server_default=None)
        batch_op.create_check_constraint(
            op.f("ck_custody_lots_excluded_is_not_promised"), "NOT excluded OR reserved_ml = 0"
        )
    op.create_table(
        "deferrals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("donor_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("submit_token", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('medicine', 'alcohol', 'nicotine', 'cannabis', 'fever', 'mastitis', 'contrast', 'vaccine', "
            "'other')",
            name=op.f("ck_deferrals_kind_known"),
        ),
        sa.CheckConstraint("last_day IS NULL OR last_day >= first_day", name=op.f("ck_deferrals_days_in_order")),
        sa.ForeignKeyConstraint(["donor_id"], ["users.id"], name=op.f("fk_deferrals_donor_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deferrals")),
        sa.UniqueConstraint("donor_id", "submit_token", name="uq_deferrals_donor_submit"),
        sa.UniqueConstraint("public_id", name=op.f("uq_deferrals_public_id")),
    )
    op.create_table(
        "lot_holds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("deferral_id", sa.Integer(), nullable=True),
        sa.Column("standing", sa.String(length=7), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.CheckConstraint("standing IN ('open', 'inside', 'outside')", name=op.f("ck_lot_holds_standing_known")),
        sa.CheckConstraint(
            "deferral_id IS NOT NULL OR standing = 'inside'", name=op.f("ck_lot_holds_without_entry_kept_back")
        ),
        sa.CheckConstraint(
            "(deferral_id IS NULL) = (first_day IS NULL) AND (first_day IS NULL) = (last_day IS NULL)",
            name=op.f("ck_lot_holds_days_with_entry"),
        ),
        sa.ForeignKeyConstraint(["deferral_id"], ["deferrals.id"], name=op.f("fk_lot_holds_deferral_id_deferrals")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_lot_holds_lot_id_lots")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_holds")),
        sa.UniqueConstraint("lot_id", "deferral_id", name="uq_lot_holds_lot_deferral"),
    )
    op.create_index(op.f("ix_lot_holds_deferral_id"), "lot_holds", ["deferral_id"], unique=False)


def downgrade() -> None:
    """Forget which milk is kept back: without these tables nobody could say so."""
    op.drop_index(op.f("ix_lot_holds_deferral_id"), table_name="lot_holds")
    op.drop_table("lot_holds")
    op.drop_table("deferrals")
    with op.batch_alter_table("custody_lots", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_custody_lots_excluded_is_not_promised"), type_="check")
        batch_op.drop_column("excluded")
