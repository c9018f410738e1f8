"""Tables of what two people say about a meeting that did not happen, and of what is let go."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.database import Base


class HandoffAbsence(Base):
    """
    What one of the two said about a meeting that did not happen, of herself.

    ``came_up``: something came up that could not wait; what it was is not stored.
    """

    __tablename__ = "handoff_absences"

    handoff_id: Mapped[int] = mapped_column(ForeignKey("handoffs.id"), primary_key=True, autoincrement=False)
    side: Mapped[str] = mapped_column(String(6), primary_key=True)
    said: Mapped[str] = mapped_column(String(10))
    came_up: Mapped[bool] = mapped_column(default=False)
    said_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("side IN ('donor', 'family')", name="side_known"),
        CheckConstraint("said IN ('was_there', 'not_there', 'neither')", name="said_known"),
        CheckConstraint("said = 'not_there' OR NOT came_up", name="came_up_for_who_was_not_there"),
    )


class HandoffExcuse(Base):
    """
    One side's wish that a meeting does not count against it, and what became of it.

    ``asked`` waits for the other, ``review`` for a moderator; ``given`` and ``refused`` are answers, ``reason`` is the
    moderator's own.
    """

    __tablename__ = "handoff_excuses"

    handoff_id: Mapped[int] = mapped_column(ForeignKey("handoffs.id"), primary_key=True, autoincrement=False)
    side: Mapped[str] = mapped_column(String(6), primary_key=True)
    state: Mapped[str] = mapped_column(String(8))
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    moderator_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str | None] = mapped_column(String(20))

    __table_args__ = (
        CheckConstraint("side IN ('donor', 'family')", name="side_known"),
        CheckConstraint("state IN ('asked', 'review', 'given', 'refused')", name="state_known"),
        CheckConstraint("(reason IS NULL) = (moderator_id IS NULL)", name="moderator_gives_a_reason"),
        Index("ix_handoff_excuses_state", "state", "asked_at"),
    )
