"""Tables of what comes after a handoff: how it went, what the donor may know, thanks, and who wants to be asked."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.database import Base


class HandoffAfter(Base):
    """
    What follows one confirmed handoff; there is a row from its confirmation on.

    ``need_ml_per_day`` is what the family's request said on that day: a later edit must not change what a donor is told
    of days gone by. ``went`` is the family's answer, read by nobody else. ``thanks`` may be empty (a press without
    words); ``thanks_told_at`` is when the donor was told of it, or opened it.
    """

    __tablename__ = "handoff_afters"

    handoff_id: Mapped[int] = mapped_column(ForeignKey("handoffs.id"), primary_key=True, autoincrement=False)
    need_ml_per_day: Mapped[int]
    came_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    went: Mapped[str | None] = mapped_column(String(10))
    shares_days: Mapped[bool] = mapped_column(default=False)
    thanks: Mapped[str] = mapped_column(Text, default="")
    thanked_at: Mapped[datetime | None]
    thanks_told_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("need_ml_per_day > 0", name="need_positive"),
        CheckConstraint("went IS NULL OR went IN ('fine', 'not-taken', 'not-used', 'problem')", name="went_known"),
        CheckConstraint("thanks = '' OR thanked_at IS NOT NULL", name="thanks_have_their_moment"),
        CheckConstraint("thanks_told_at IS NULL OR thanked_at IS NOT NULL", name="told_of_something"),
    )


class AfterWish(Base):
    """
    What somebody chose about afterwards; who chose nothing has no row.

    ``questions``: ask me how it went. ``thanks``: tell me of thanks and days at once; None while nothing is chosen.
    """

    __tablename__ = "after_wishes"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    questions: Mapped[bool] = mapped_column(default=True)
    thanks: Mapped[bool | None]
