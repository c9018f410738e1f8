"""
Tables of the days a donor keeps back, and of how they stand to her lots.

Nobody but the donor reads them. The ledger knows only that a lot is kept back (``custody_lots.excluded``), never why.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.database import Base


class Deferral(Base):
    """
    Days a donor keeps back, under her consent ``health-days``, and deleted with it.

    ``kind`` is a class, never a name. ``last_day`` is None while it goes on. The same form sent twice carries the same
    ``submit_token``, and one is kept.
    """

    __tablename__ = "deferrals"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True)
    donor_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(8))
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    submit_token: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(
            "kind IN ('medicine', 'alcohol', 'nicotine', 'cannabis', 'fever', 'mastitis', 'contrast', 'vaccine', "
            "'other')",
            name="kind_known",
        ),
        CheckConstraint("last_day IS NULL OR last_day >= first_day", name="days_in_order"),
        UniqueConstraint("donor_id", "submit_token", name="uq_deferrals_donor_submit"),
    )


class LotHold(Base):
    """
    How the days of an entry stand to a lot: the days they share, and what she said of its bags.

    When the entry is gone, ``deferral_id`` and the days are too, and the lot stays kept back until she says otherwise.
    """

    __tablename__ = "lot_holds"

    id: Mapped[int] = mapped_column(primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lots.id"))
    deferral_id: Mapped[int | None] = mapped_column(ForeignKey("deferrals.id"), index=True)
    standing: Mapped[str] = mapped_column(String(7))
    first_day: Mapped[date | None]
    last_day: Mapped[date | None]

    __table_args__ = (
        CheckConstraint("standing IN ('open', 'inside', 'outside')", name="standing_known"),
        CheckConstraint("deferral_id IS NOT NULL OR standing = 'inside'", name="without_entry_kept_back"),
        CheckConstraint(
            "(deferral_id IS NULL) = (first_day IS NULL) AND (first_day IS NULL) = (last_day IS NULL)",
            name="days_with_entry",
        ),
        UniqueConstraint("lot_id", "deferral_id", name="uq_lot_holds_lot_deferral"),
    )
