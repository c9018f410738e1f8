"""The table of donors whose offers rest until a moderator has looked."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.database import Base


class GivingRest(Base):
    """
    A donor gives nothing new from ``began_at`` until ``lifted_at``, None while it goes on; one at a time.

    ``lifted_by_id`` is the moderator who decided so. Of a donor who has left no row names anybody (``person_id`` is
    None); the row stays, so that its number is nobody else's and its case is about what it was about.
    """

    __tablename__ = "giving_rests"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    withdrawal_id: Mapped[int] = mapped_column(ForeignKey("withdrawals.id"))
    began_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (
        CheckConstraint("lifted_by_id IS NULL OR lifted_at IS NOT NULL", name="lifted_at_a_moment"),
        Index(
            "uq_giving_rests_going_on", "person_id", unique=True,
            sqlite_where=text("lifted_at IS NULL"), postgresql_where=text("lifted_at IS NULL"),
        ),
    )  # fmt: skip
