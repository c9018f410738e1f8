"""
Tables of lots and of the custody ledger, kept apart on purpose.

``custody_*`` name nobody: random tokens, days and volumes. ``lots`` is the donor's own record; when it is deleted, what
is left says that milk of such days went to such tokens, and nobody can say whose it was. The balances' constraints
refuse what no rule may allow.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.database import Base


class CustodyLot(Base):
    """
    The balance of a lot. ``code`` stands on its bags; ``token`` is how other records name it.

    ``excluded`` says that its donor keeps it back, and never why.
    """

    __tablename__ = "custody_lots"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(22), unique=True)
    code: Mapped[str] = mapped_column(String(8), unique=True)
    pumped_from: Mapped[date]
    pumped_to: Mapped[date]
    made_ml: Mapped[int]
    reserved_ml: Mapped[int] = mapped_column(default=0)
    given_ml: Mapped[int] = mapped_column(default=0)
    ended_ml: Mapped[int] = mapped_column(default=0)
    withdrawn: Mapped[bool] = mapped_column(default=False)
    excluded: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        CheckConstraint("made_ml > 0", name="made_positive"),
        CheckConstraint("reserved_ml >= 0 AND given_ml >= 0 AND ended_ml >= 0", name="not_negative"),
        CheckConstraint("reserved_ml + given_ml + ended_ml <= made_ml", name="never_more_than_made"),
        CheckConstraint("pumped_to >= pumped_from", name="pumped_in_order"),
        CheckConstraint("NOT excluded OR reserved_ml = 0", name="excluded_is_not_promised"),
    )


class CustodyHolding(Base):
    """What one holder (the random token of a handoff) was promised of a lot, received of it and used up."""

    __tablename__ = "custody_holdings"

    lot_id: Mapped[int] = mapped_column(ForeignKey("custody_lots.id"), primary_key=True, autoincrement=False)
    holder: Mapped[str] = mapped_column(String(22), primary_key=True)
    reserved_ml: Mapped[int] = mapped_column(default=0)
    received_ml: Mapped[int] = mapped_column(default=0)
    used_ml: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        CheckConstraint("reserved_ml >= 0 AND received_ml >= 0 AND used_ml >= 0", name="not_negative"),
        CheckConstraint("used_ml <= received_ml", name="never_more_than_received"),
        Index("ix_custody_holdings_holder", "holder"),
    )


class CustodyEntry(Base):
    """
    One line of the ledger, never changed and never deleted (the database refuses both).

    ``other_lot_id`` is the lot that was split off, or the one this was split off from; ``kept`` is set where the entry
    says where the milk was put. ``happened_at`` is when milk was handed over, as far as that is known and was earlier
    than ``at``, when it was written down.
    """

    __tablename__ = "custody_entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("custody_lots.id"), index=True)
    kind: Mapped[str] = mapped_column(String(11))
    volume_ml: Mapped[int]
    holder: Mapped[str | None] = mapped_column(String(22))
    other_lot_id: Mapped[int | None] = mapped_column(ForeignKey("custody_lots.id"))
    condition: Mapped[str | None] = mapped_column(String(13))
    kept: Mapped[str | None] = mapped_column(String(15))
    at: Mapped[datetime]
    happened_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(
            "kind IN ('created', 'split', 'moved', 'thawed', 'reserved', 'released', 'handed_over', 'fed', 'stored', "
            "'discarded', 'withdrawn', 'cleared')",
            name="kind_known",
        ),
        CheckConstraint("volume_ml > 0", name="volume_positive"),
        CheckConstraint(
            "kind NOT IN ('reserved', 'released', 'handed_over', 'fed', 'stored') OR holder IS NOT NULL",
            name="holder_named",
        ),
        CheckConstraint("kind <> 'split' OR other_lot_id IS NOT NULL", name="split_names_other"),
        CheckConstraint("other_lot_id IS NULL OR kind IN ('split', 'created')", name="other_of_a_split"),
        CheckConstraint("(kind = 'handed_over') = (condition IS NOT NULL)", name="condition_on_arrival"),
        CheckConstraint(
            "condition IS NULL OR condition IN ('frozen', 'cold', 'partly_thawed', 'thawed', 'unsaid')",
            name="condition_known",
        ),
        CheckConstraint(
            "kept IS NULL OR kept IN ('fresh', 'fridge', 'freezer', 'deep_freezer', 'freezer_unknown')",
            name="kept_known",
        ),
    )


class Statement(Base):
    """A version of what a donor states about herself in her posts: a fingerprint, and from when it held."""

    __tablename__ = "donor_statements"

    id: Mapped[int] = mapped_column(primary_key=True)
    donor_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    version: Mapped[int]
    fingerprint: Mapped[str] = mapped_column(String(64))
    stated_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("donor_id", "version", name="uq_donor_statements_version"),
        CheckConstraint("version > 0", name="version_positive"),
    )


class Lot(Base):
    """
    A lot as its donor keeps it.

    The same form sent twice carries the same ``submit_token``, and one lot is kept. ``statement_id`` is the version of
    what she stated that held for all its days, None when nothing did: then a family has to ask.
    """

    __tablename__ = "lots"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True)
    donor_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    custody_id: Mapped[int] = mapped_column(ForeignKey("custody_lots.id"), unique=True)
    kept: Mapped[str] = mapped_column(String(15))
    heat: Mapped[str] = mapped_column(String(16))
    thawed_on: Mapped[date | None]
    statement_id: Mapped[int | None] = mapped_column(ForeignKey("donor_statements.id"))
    submit_token: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("kept IN ('fresh', 'fridge', 'freezer', 'deep_freezer', 'freezer_unknown')", name="kept_known"),
        CheckConstraint(
            "heat IN ('none', 'scalded', 'flash_heated', 'holder_home', 'bank_pasteurised')", name="heat_known"
        ),
        UniqueConstraint("donor_id", "submit_token", name="uq_lots_donor_submit"),
    )


class LotBags(Base):
    """The bags of one size in a lot: how many there were, how many are gone, and how many are promised."""

    __tablename__ = "lot_bags"

    lot_id: Mapped[int] = mapped_column(ForeignKey("lots.id"), primary_key=True, autoincrement=False)
    size_ml: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count: Mapped[int]
    gone: Mapped[int] = mapped_column(default=0)
    promised: Mapped[int] = mapped_column(default=0, server_default="0")

    __table_args__ = (
        CheckConstraint("size_ml > 0 AND count > 0", name="positive"),
        CheckConstraint("gone BETWEEN 0 AND count", name="gone_in_count"),
        CheckConstraint("promised >= 0 AND gone + promised <= count", name="never_promised_twice"),
    )

    @property
    def free(self) -> int:
        """How many may still be promised, poured away or split off."""
        return self.count - self.gone - self.promised


class LotPromise(Base):
    """
    Bags of one size that are promised to one holder (the random token of a handoff).

    From ``met_at`` on they count as being with their holder: the beginning of the meeting's window, or earlier when the
    two said that they met; None where no time is known. The row goes when they are handed over or promised no more.
    """

    __tablename__ = "lot_promises"

    lot_id: Mapped[int] = mapped_column(ForeignKey("lots.id"), primary_key=True, autoincrement=False)
    holder: Mapped[str] = mapped_column(String(22), primary_key=True)
    size_ml: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count: Mapped[int]
    met_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("count > 0", name="count_positive"),
        Index("ix_lot_promises_holder", "holder"),
    )
