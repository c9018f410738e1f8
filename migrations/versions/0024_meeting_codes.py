"""Let a meeting be under way and met, a proposal hold several windows, and each side have a code and a delegate."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_STATES = "state IN ('proposed', 'agreed', 'on_the_way', 'met', 'confirmed', 'declined', 'cancelled', 'missed')"
_STATES_BEFORE = "state IN ('proposed', 'agreed', 'confirmed', 'declined', 'cancelled', 'missed')"


def upgrade() -> None:
    """Widen the states, make the table of windows, and give both sides of each agreed handoff a code."""
    _allow(_STATES)
    op.create_table(
        "handoff_windows",
        sa.Column("handoff_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_end", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("window_end > window_start", name=op.f("ck_handoff_windows_in_order")),
        sa.CheckConstraint("number > 0", name=op.f("ck_handoff_windows_number_positive")),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoffs.id"], name=op.f("fk_handoff_windows_handoff_id_handoffs")),
        sa.PrimaryKeyConstraint("handoff_id", "number", name=op.f("pk_handoff_windows")),
    )
    # Who said today that she is late says it again: the rows are made anew, with a code.
    op.execute("DELETE FROM handoff_sides")
    with op.batch_alter_table("handoff_sides", schema=None) as batch_op:
        batch_op.add_column(sa.Column("code", sa.String(length=6), nullable=False))
        batch_op.add_column(sa.Column("wrong_tries", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("delegate_name", sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
    _give_codes()


def _allow(states: str) -> None:
    with op.batch_alter_table("handoffs", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_handoffs_state_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_handoffs_state_known"), states)


def _give_codes() -> None:
    connection = op.get_bind()
    agreed = connection.execute(sa.text("SELECT id FROM handoffs WHERE state = 'agreed'")).scalars().all()
    made = [
        {"handoff": handoff, "side": side, "code": f"{secrets.randbelow(10**6):06}"}
        for handoff in agreed
        for side in ("donor", "family")
    ]
    if made:
        add = "INSERT INTO handoff_sides (handoff_id, side, code) VALUES (:handoff, :side, :code)"
        connection.execute(sa.text(add), made)


def downgrade() -> None:
    """Who is on the way or has met has agreed; codes, delegates and other windows are gone."""
    op.execute("UPDATE handoffs SET state = 'agreed' WHERE state IN ('on_the_way', 'met')")
    _allow(_STATES_BEFORE)
    with op.batch_alter_table("handoff_sides", schema=None) as batch_op:
        for column in ("left_at", "delegate_name", "wrong_tries", "code"):
            batch_op.drop_column(column)
    op.drop_table("handoff_windows")
