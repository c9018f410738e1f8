"""
Keeping lots back, and giving them back: what a donor's days mean for what was promised of her milk.

Every function joins the caller's transaction and expects that it has called :func:`app.milk.services.holding.alone`.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.infra import event_bus
from app.milk.events import MilkExcluded
from app.milk.models import CustodyLot, Lot
from app.milk.services import custody, holding
from app.milk.services.giving import release_promises


def reconsider(session: Session, donor_id: int, *, now: datetime) -> None:
    """
    Hold the donor's lots against her days, and keep back what they touch.

    Nothing is given back here: a lot that no day touches any more stays kept back until she says otherwise.
    """
    entries = holding.entries_of(session, donor_id)
    for row in session.scalars(select(Lot).where(Lot.donor_id == donor_id).order_by(Lot.id).with_for_update()).all():
        holding.judge_lot(session, row, entries)
        if holding.is_kept_back(session, row):
            align(session, row, now=now)


def align(session: Session, row: Lot, *, now: datetime) -> None:
    """Keep a lot back, or no longer, as its standings say now; what was promised of it is taken back."""
    if not holding.is_kept_back(session, row):
        custody.include(row.custody_id)
        return
    record = session.scalars(select(CustodyLot).where(CustodyLot.id == row.custody_id).with_for_update()).one()
    if record.excluded:
        return
    holders = release_promises(row.public_id, now=now)
    custody.exclude(row.custody_id)
    event_bus.record(MilkExcluded(at=now, lot_public_id=row.public_id, holders=holders))
