"""Tables of interests: one row per offer and request, ever, so that a declined pair is never proposed again."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.database import Base


class Interest(Base):
    """
    A family's yes to an offer, or a donor's invitation to a request.

    ``points`` are hundredths of the pair's points when it was said: they order the yeses of one round, for ever the
    same. ``disclosure_version`` is the version of the offer that the family had read.
    """

    __tablename__ = "interests"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    request_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    donor_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    origin: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(Text, default="")
    disclosure_version: Mapped[int | None]
    points: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("offer_id", "request_id", name="uq_interests_pair"),
        CheckConstraint("origin IN ('yes', 'invitation')", name="origin_known"),
        CheckConstraint(
            "state IN ('open', 'accepted', 'declined', 'withdrawn', 'lapsed', 'closed')", name="state_known"
        ),
        CheckConstraint("donor_id <> family_id", name="two_people"),
        Index("ix_interests_offer_state", "offer_id", "state", "created_at"),
        Index("ix_interests_request_state", "request_id", "state"),
    )


class InterestChange(Base):
    """Each change of an interest's state, with who made it (None: by time or by the milk being gone)."""

    __tablename__ = "interest_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    interest_id: Mapped[int] = mapped_column(ForeignKey("interests.id"), index=True)
    old_state: Mapped[str | None] = mapped_column(String(12))
    new_state: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str | None] = mapped_column(String(60))
    changed_at: Mapped[datetime]
