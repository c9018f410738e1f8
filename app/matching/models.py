"""
Tables of what stands between offers and requests: interests, proposals, rounds.

One row per offer and request, ever, so that a declined pair is never proposed again.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
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
    fell_through_at: Mapped[datetime | None]

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


class Round(Base):
    """
    One round of proposals, written together with them: a row says that the round is done, whole.

    ``slot`` names the six hours of a full round, so that each is held once; a micro-round has none. ``digest`` is the
    SHA-256 of the pairs it chose, by public ids: the same snapshot gives the same.
    """

    __tablename__ = "rounds"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    slot: Mapped[int | None]
    held_at: Mapped[datetime]
    offers: Mapped[int]
    requests: Mapped[int]
    candidates: Mapped[int]
    chosen: Mapped[int]
    lapsed: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))

    __table_args__ = (
        CheckConstraint("kind IN ('full', 'micro')", name="kind_known"),
        CheckConstraint("(kind = 'full') = (slot IS NOT NULL)", name="full_has_its_slot"),
        UniqueConstraint("slot", name="uq_rounds_slot"),
    )


class Proposal(Base):
    """
    An offer on a family's page; ``points`` are hundredths of the pair's points when it was put there.

    ``round_id`` and ``shown_at`` are None for a pair somebody passed on without its ever being shown. ``passed_by_id``
    is who passed on it.
    """

    __tablename__ = "proposals"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    request_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    donor_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    state: Mapped[str] = mapped_column(String(12))
    points: Mapped[int] = mapped_column(default=0)
    round_id: Mapped[int | None] = mapped_column(ForeignKey("rounds.id"), index=True)
    shown_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    passed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (
        UniqueConstraint("offer_id", "request_id", name="uq_proposals_pair"),
        CheckConstraint("state IN ('shown', 'lapsed', 'answered', 'declined', 'closed')", name="state_known"),
        CheckConstraint("donor_id <> family_id", name="two_people"),
        CheckConstraint("state <> 'shown' OR (shown_at IS NOT NULL AND ended_at IS NULL)", name="shown_stands"),
        CheckConstraint("(state = 'declined') = (passed_by_id IS NOT NULL)", name="declined_by_somebody"),
        Index("ix_proposals_offer_state", "offer_id", "state"),
        Index("ix_proposals_request_state", "request_id", "state"),
        Index("ix_proposals_state_shown", "state", "shown_at"),
    )


class TouchedPost(Base):
    """A post whose proposals the next micro-round looks at; the row goes in the round's own transaction."""

    __tablename__ = "touched_posts"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    touched_at: Mapped[datetime]


class Booking(Base):
    """
    Milk a handoff promises or brought to a request: enough to know when a family needs nothing for now.

    ``handoff`` names the meeting, as the capability above tells it; ``at`` is when it ends, or when it was
    received.
    """

    __tablename__ = "bookings"

    id: Mapped[int] = mapped_column(primary_key=True)
    handoff: Mapped[str] = mapped_column(String(22), unique=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), index=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), index=True)
    volume_ml: Mapped[int]
    at: Mapped[datetime]
    received: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (CheckConstraint("volume_ml >= 0", name="volume_not_negative"),)


class MilkQuestion(Base):
    """The question whether there is still milk, put to a donor who left two families without an answer."""

    __tablename__ = "milk_questions"

    offer_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(index=True)
    answered_at: Mapped[datetime | None]


class LineTurn(Base):
    """
    A family of the line that is asked by itself, because a promise to another one lapsed.

    ``cause`` names that promise. Until ``asks_at`` the turn is only planned, and the donor can stop it; asked, it waits
    for the family until ``answer_until``. Of one cause a family is asked once, and one family at a time.
    """

    __tablename__ = "line_turns"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), index=True)
    interest_id: Mapped[int] = mapped_column(ForeignKey("interests.id"))
    cause: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(8))
    planned_at: Mapped[datetime]
    asks_at: Mapped[datetime]
    answer_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("cause", "interest_id", name="uq_line_turns_once"),
        CheckConstraint(
            "state IN ('planned', 'asked', 'taken', 'passed', 'lapsed', 'stopped', 'ended')", name="state_known"
        ),
        CheckConstraint("(state IN ('planned', 'asked')) = (ended_at IS NULL)", name="open_or_ended"),
        CheckConstraint("state <> 'asked' OR answer_until IS NOT NULL", name="asked_until"),
        Index(
            "uq_line_turns_open_cause", "cause", unique=True,
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "uq_line_turns_open_interest", "interest_id", unique=True,
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
    )  # fmt: skip
