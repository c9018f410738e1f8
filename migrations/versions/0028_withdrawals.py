"""Keep who stands behind a holder of milk, apart from the ledger, and what a withdrawal reaches and was answered."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _people()
    _withdrawals()
    _lots()
    _notices()
    _holders()


def _people() -> None:
    op.create_table(
        "milk_holders",
        sa.Column("holder", sa.String(length=22), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["users.id"], name=op.f("fk_milk_holders_person_id_users")),
        sa.PrimaryKeyConstraint("holder", name=op.f("pk_milk_holders")),
    )
    op.create_index(op.f("ix_milk_holders_person_id"), "milk_holders", ["person_id"])
    op.create_table(
        "recall_contacts",
        sa.Column("holder", sa.String(length=22), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("holder", name=op.f("pk_recall_contacts")),
    )
    op.create_table(
        "recall_codes",
        sa.Column("lot_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["custody_lots.id"], name=op.f("fk_recall_codes_lot_id_custody_lots")),
        sa.PrimaryKeyConstraint("lot_id", name=op.f("pk_recall_codes")),
    )


def _withdrawals() -> None:
    op.create_table(
        "withdrawals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=22), nullable=False),
        sa.Column("donor_id", sa.Integer(), nullable=True),
        sa.Column("opened_by_id", sa.Integer(), nullable=True),
        sa.Column("opened_as", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("pumped_from", sa.Date(), nullable=True),
        sa.Column("pumped_to", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "opened_as IN ('donor', 'screener', 'moderator', 'deferral', 'code')",
            name=op.f("ck_withdrawals_opened_as_known"),
        ),
        sa.CheckConstraint(
            "reason IN ('positive_test', 'substance', 'infection', 'storage', 'adulteration', 'infant_ill')",
            name=op.f("ck_withdrawals_reason_known"),
        ),
        sa.CheckConstraint("state IN ('review', 'telling', 'closed')", name=op.f("ck_withdrawals_state_known")),
        sa.CheckConstraint("rank BETWEEN 1 AND 4", name=op.f("ck_withdrawals_rank_known")),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_withdrawals_closed_has_its_moment")
        ),
        sa.ForeignKeyConstraint(["donor_id"], ["users.id"], name=op.f("fk_withdrawals_donor_id_users")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["users.id"], name=op.f("fk_withdrawals_opened_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawals")),
        sa.UniqueConstraint("token", name=op.f("uq_withdrawals_token")),
    )
    op.create_index(op.f("ix_withdrawals_donor_id"), "withdrawals", ["donor_id"])
    op.create_index("ix_withdrawals_state", "withdrawals", ["state", "id"])


def _lots() -> None:
    op.create_table(
        "withdrawal_lots",
        sa.Column("withdrawal_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("lot_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["withdrawal_id"], ["withdrawals.id"], name=op.f("fk_withdrawal_lots_withdrawal_id_withdrawals")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["custody_lots.id"], name=op.f("fk_withdrawal_lots_lot_id_custody_lots")),
        sa.PrimaryKeyConstraint("withdrawal_id", "lot_id", name=op.f("pk_withdrawal_lots")),
    )
    op.create_index(op.f("ix_withdrawal_lots_lot_id"), "withdrawal_lots", ["lot_id"])


def _notices() -> None:
    op.create_table(
        "withdrawal_notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=22), nullable=False),
        sa.Column("withdrawal_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("contact", sa.String(length=22), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "person_id IS NULL OR contact IS NULL", name=op.f("ck_withdrawal_notices_person_or_contact")
        ),
        sa.CheckConstraint("tries BETWEEN 0 AND 3", name=op.f("ck_withdrawal_notices_three_tries")),
        sa.ForeignKeyConstraint(["person_id"], ["users.id"], name=op.f("fk_withdrawal_notices_person_id_users")),
        sa.ForeignKeyConstraint(
            ["withdrawal_id"], ["withdrawals.id"], name=op.f("fk_withdrawal_notices_withdrawal_id_withdrawals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawal_notices")),
        sa.UniqueConstraint("token", name=op.f("uq_withdrawal_notices_token")),
        sa.UniqueConstraint("withdrawal_id", "person_id", name="uq_withdrawal_notices_person"),
        sa.UniqueConstraint("withdrawal_id", "contact", name="uq_withdrawal_notices_contact"),
    )
    due = sa.text("next_try_at IS NOT NULL")
    op.create_index(
        "ix_withdrawal_notices_due", "withdrawal_notices", ["next_try_at"], sqlite_where=due, postgresql_where=due
    )
    op.create_index(op.f("ix_withdrawal_notices_person_id"), "withdrawal_notices", ["person_id"])


def _holders() -> None:
    op.create_table(
        "withdrawal_holders",
        sa.Column("withdrawal_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("holder", sa.String(length=22), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("notice_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["withdrawal_id"], ["withdrawals.id"], name=op.f("fk_withdrawal_holders_withdrawal_id_withdrawals")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["users.id"], name=op.f("fk_withdrawal_holders_person_id_users")),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["withdrawal_notices.id"], name=op.f("fk_withdrawal_holders_notice_id_withdrawal_notices")
        ),
        sa.PrimaryKeyConstraint("withdrawal_id", "holder", name=op.f("pk_withdrawal_holders")),
    )
    op.create_index(op.f("ix_withdrawal_holders_notice_id"), "withdrawal_holders", ["notice_id"])
    op.create_index("ix_withdrawal_holders_person", "withdrawal_holders", ["withdrawal_id", "person_id"])


def downgrade() -> None:
    """Drop the tables."""
    for table in (
        "withdrawal_holders", "withdrawal_notices", "withdrawal_lots", "withdrawals", "recall_codes",
        "recall_contacts", "milk_holders",
    ):  # fmt: skip
        op.drop_table(table)
