"""
Tables of handoffs and of the milk that is still free.

The balance's constraint is what makes double booking impossible.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.database import Base
from app.kernel.ids import new_public_id


class OfferBalance(Base):
    """The milk of an offer for one period: all of it (``period`` is ``"all"``) or one ISO week (``"2026-W47"``) of a
    weekly offer.
    """

    __tablename__ = "offer_balances"

    offer_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    period: Mapped[str] = mapped_column(String(8), primary_key=True)
    total_ml: Mapped[int]
    reserved_ml: Mapped[int] = mapped_column(default=0)
    given_ml: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        CheckConstraint("reserved_ml >= 0 AND given_ml >= 0", name="not_negative"),
        CheckConstraint("reserved_ml + given_ml <= total_ml", name="never_twice"),
    )


class Handoff(Base):
    """
    A meeting between donor and family.

    Times are UTC. The exact spot is typed by the two after both agreed, and emptied when the handoff ends. The same
    proposal sent twice carries the same ``submit_token``, and only one is kept. ``holder`` is the name under which the
    custody ledger knows what this handoff was promised and received: random, and shown to nobody.
    """

    __tablename__ = "handoffs"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    holder: Mapped[str] = mapped_column(String(22), unique=True, default=new_public_id)
    offer_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    request_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    donor_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    period: Mapped[str] = mapped_column(String(8))
    volume_ml: Mapped[int]
    window_start: Mapped[datetime]
    window_end: Mapped[datetime]
    place_note: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(12))
    submit_token: Mapped[str] = mapped_column(String(64))
    donor_given_ml: Mapped[int | None]
    family_received_ml: Mapped[int | None]
    condition: Mapped[str | None] = mapped_column(String(20))
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(
            "state IN ('proposed', 'agreed', 'on_the_way', 'met', 'confirmed', 'declined', 'cancelled', 'missed')",
            name="state_known",
        ),
        CheckConstraint("volume_ml > 0", name="volume_positive"),
        CheckConstraint("window_end > window_start", name="window_in_order"),
        CheckConstraint(
            "condition IS NULL OR condition IN ('frozen', 'cold', 'partly_thawed', 'thawed')", name="condition_known"
        ),
        CheckConstraint("donor_given_ml IS NULL OR donor_given_ml >= 0", name="given_not_negative"),
        CheckConstraint("family_received_ml IS NULL OR family_received_ml >= 0", name="received_not_negative"),
        UniqueConstraint("proposed_by_id", "submit_token", name="uq_handoffs_proposer_submit"),
        CheckConstraint("donor_id <> family_id", name="two_people"),
        CheckConstraint("(state = 'confirmed') = (confirmed_at IS NOT NULL)", name="confirmed_has_its_moment"),
        Index("ix_handoffs_offer_state", "offer_id", "state"),
        Index("ix_handoffs_state_end", "state", "window_end"),
    )


class HandoffWindow(Base):
    """Another window of a proposal, of which the other chooses one; gone when the proposal is answered."""

    __tablename__ = "handoff_windows"

    handoff_id: Mapped[int] = mapped_column(ForeignKey("handoffs.id"), primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    window_start: Mapped[datetime]
    window_end: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("window_end > window_start", name="in_order"),
        CheckConstraint("number > 0", name="number_positive"),
    )


class HandoffWish(Base):
    """Bags that the donor chose for a proposal; when it is agreed they are promised by the ledger, and this goes."""

    __tablename__ = "handoff_wishes"

    handoff_id: Mapped[int] = mapped_column(ForeignKey("handoffs.id"), primary_key=True, autoincrement=False)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lots.id"), primary_key=True, autoincrement=False)
    size_ml: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count: Mapped[int]

    __table_args__ = (CheckConstraint("count > 0", name="count_positive"),)


class HandoffLot(Base):
    """
    A lot named in an agreed handoff, as it was when the family was shown it: kept where, heated how, to be used by
    when, and under which version of the donor's answers (None when none held for its days).

    ``accepted_at`` is when the family said yes to exactly this. How much of it was promised and received, the custody
    ledger knows.
    """

    __tablename__ = "handoff_lots"

    handoff_id: Mapped[int] = mapped_column(ForeignKey("handoffs.id"), primary_key=True, autoincrement=False)
    custody_id: Mapped[int] = mapped_column(ForeignKey("custody_lots.id"), primary_key=True, autoincrement=False)
    kept: Mapped[str] = mapped_column(String(15))
    heat: Mapped[str] = mapped_column(String(16))
    use_by: Mapped[date]
    statement_version: Mapped[int | None]
    accepted_at: Mapped[datetime | None]


class HandoffChange(Base):
    """Each change of a handoff's state, by whom and why."""

    __tablename__ = "handoff_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    handoff_id: Mapped[int] = mapped_column(ForeignKey("handoffs.id"), index=True)
    old_state: Mapped[str | None] = mapped_column(String(12))
    new_state: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str | None] = mapped_column(String(60))
    changed_at: Mapped[datetime]


class HandoffSide(Base):
    """
    What one of the two has for the meeting itself; there is a row only from the agreement to the end of the handoff.

    ``code`` is what the other types at the cooler; ``wrong_tries`` counts what this one typed wrongly. Who named a
    delegate has given her code to the delegate.
    """

    __tablename__ = "handoff_sides"

    handoff_id: Mapped[int] = mapped_column(ForeignKey("handoffs.id"), primary_key=True, autoincrement=False)
    side: Mapped[str] = mapped_column(String(6), primary_key=True)
    code: Mapped[str] = mapped_column(String(6))
    wrong_tries: Mapped[int] = mapped_column(default=0, server_default="0")
    delegate_name: Mapped[str | None] = mapped_column(String(60))
    left_at: Mapped[datetime | None]
    late_minutes: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("side IN ('donor', 'family')", name="side_known"),
        CheckConstraint("late_minutes IS NULL OR late_minutes > 0", name="late_by_something"),
    )


class HandoffFeed(Base):
    """The secret address of a person's calendar: one a person, kept as a digest."""

    __tablename__ = "handoff_feeds"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
