"""Keep what two people say about a meeting that did not happen, what is let go, and whose turn it is in a line."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0027"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
_OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    """Three tables, empty: nothing is said yet of the meetings of before."""
    _absences()
    _excuses()
    _turns()


def _absences() -> None:
    op.create_table(
        "handoff_absences",
        sa.Column("handoff_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("side", sa.String(length=6), nullable=False),
        sa.Column("said", sa.String(length=10), nullable=False),
        sa.Column("came_up", sa.Boolean(), nullable=False),
        sa.Column("said_at", MOMENT, nullable=False),
        sa.CheckConstraint("side IN ('donor', 'family')", name=op.f("ck_handoff_absences_side_known")),
        sa.CheckConstraint(
            "said IN ('was_there', 'not_there', 'neither')", name=op.f("ck_handoff_absences_said_known")
        ),
        sa.CheckConstraint(
            "said = 'not_there' OR NOT came_up", name=op.f("ck_handoff_absences_came_up_for_who_was_not_there")
        ),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoffs.id"], name=op.f("fk_handoff_absences_handoff_id_handoffs")),
        sa.PrimaryKeyConstraint("handoff_id", "side", name=op.f("pk_handoff_absences")),
    )


def _excuses() -> None:
    op.create_table(
        "handoff_excuses",
        sa.Column("handoff_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("side", sa.String(length=6), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("moderator_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=True),
        sa.CheckConstraint("side IN ('donor', 'family')", name=op.f("ck_handoff_excuses_side_known")),
        sa.CheckConstraint(
            "state IN ('asked', 'review', 'given', 'refused')", name=op.f("ck_handoff_excuses_state_known")
        ),
        sa.CheckConstraint(
            "(reason IS NULL) = (moderator_id IS NULL)", name=op.f("ck_handoff_excuses_moderator_gives_a_reason")
        ),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoffs.id"], name=op.f("fk_handoff_excuses_handoff_id_handoffs")),
        sa.ForeignKeyConstraint(["moderator_id"], ["users.id"], name=op.f("fk_handoff_excuses_moderator_id_users")),
        sa.PrimaryKeyConstraint("handoff_id", "side", name=op.f("pk_handoff_excuses")),
    )
    op.create_index("ix_handoff_excuses_state", "handoff_excuses", ["state", "asked_at"])


def _turns() -> None:
    op.create_table(
        "line_turns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("interest_id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("planned_at", MOMENT, nullable=False),
        sa.Column("asks_at", MOMENT, nullable=False),
        sa.Column("answer_until", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "state IN ('planned', 'asked', 'taken', 'passed', 'lapsed', 'stopped', 'ended')",
            name=op.f("ck_line_turns_state_known"),
        ),
        sa.CheckConstraint(
            "(state IN ('planned', 'asked')) = (ended_at IS NULL)", name=op.f("ck_line_turns_open_or_ended")
        ),
        sa.CheckConstraint("state <> 'asked' OR answer_until IS NOT NULL", name=op.f("ck_line_turns_asked_until")),
        sa.ForeignKeyConstraint(["interest_id"], ["interests.id"], name=op.f("fk_line_turns_interest_id_interests")),
        sa.ForeignKeyConstraint(["offer_id"], ["posts.id"], name=op.f("fk_line_turns_offer_id_posts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_turns")),
        sa.UniqueConstraint("cause", "interest_id", name="uq_line_turns_once"),
        sa.UniqueConstraint("public_id", name=op.f("uq_line_turns_public_id")),
    )
    op.create_index(op.f("ix_line_turns_offer_id"), "line_turns", ["offer_id"])
    for name, column in (("uq_line_turns_open_cause", "cause"), ("uq_line_turns_open_interest", "interest_id")):
        op.create_index(name, "line_turns", [column], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)


def downgrade() -> None:
    """Nobody said anything, and nobody is asked by itself."""
    for table in ("line_turns", "handoff_excuses", "handoff_absences"):
        op.drop_table(table)
