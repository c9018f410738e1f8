"""
Promising and handing over milk of a lot: what the use-cases of handoffs call, inside their own transaction.

Who may do so has been decided above. Here it is decided whether this milk may be given at all: never milk that has
thawed, is past its use-by day or was withdrawn.
"""

from datetime import datetime

from sqlalchemy import select

from app.infra.transaction import transaction
from app.kernel.errors import Conflict, NotFound
from app.kernel.quantities import Millilitres
from app.milk.models import CustodyLot, Lot
from app.milk.rules.clock import days_left, deadline
from app.milk.rules.keeping import WHY_NOT, Kept, NotGiven, why_not_given
from app.milk.rules.ledger import Arrival
from app.milk.services import custody
from app.milk.services.lots import Taken, count_gone, today_of


class NotForOthers(Conflict):
    """This milk is not passed on; ``reason`` says why."""

    def __init__(self, reason: NotGiven) -> None:
        """Keep the reason and its words."""
        self.reason = reason
        super().__init__(WHY_NOT[reason], code=reason)


def promise(lot_public_id: str, holder: str, volume_ml: Millilitres, *, now: datetime) -> None:
    """
    Promise milk of a lot to ``holder``, the random token of a handoff.

    Raises :class:`NotForOthers`, :class:`app.milk.rules.ledger.NotEnoughMilk` or :class:`NotFound`.
    """
    with transaction():
        custody.reserve(_givable(lot_public_id, now=now), holder, volume_ml, now=now)


def take_back(lot_public_id: str, holder: str, volume_ml: Millilitres, *, now: datetime) -> None:
    """Take a promise back, whatever became of the lot since; raises NotEnoughMilk when so much was not promised."""
    with transaction():
        custody.release(_row(lot_public_id).custody_id, holder, volume_ml, now=now)


def give(
    lot_public_id: str,
    holder: str,
    volume_ml: Millilitres,
    arrival: Arrival,
    *,
    bags: Taken | None = None,
    now: datetime,
) -> None:
    """
    Record that ``holder`` received milk of a lot, and which ``bags`` of it went, when that is known.

    The ledger counts the volume, which people measure; the bags are the donor's own count of what is left to label.
    Raises as :func:`promise` does, and :class:`Invalid` when there are not so many bags.
    """
    with transaction() as session:
        custody.hand_over(_givable(lot_public_id, now=now), holder, volume_ml, arrival, now=now)
        if bags:
            count_gone(session, _row(lot_public_id), bags)


def _givable(lot_public_id: str, *, now: datetime) -> int:
    """The record of a lot that may be given today, both rows locked."""
    row = _row(lot_public_id)
    with transaction() as session:
        record = session.scalars(select(CustodyLot).where(CustodyLot.id == row.custody_id).with_for_update()).one()
        use_by = deadline(Kept(row.kept), record.pumped_from, thawed_on=row.thawed_on).use_by
        left = days_left(use_by, today=today_of(row.donor_id, now))
        # Whether there is enough is the ledger's own to say.
        reason = why_not_given(thawed=row.thawed_on is not None, withdrawn=record.withdrawn, days_left=left, free_ml=1)
        if reason is not None:
            raise NotForOthers(reason)
        return record.id


def _row(lot_public_id: str) -> Lot:
    with transaction() as session:
        row = session.scalar(select(Lot).where(Lot.public_id == lot_public_id).with_for_update())
        if row is None:
            raise NotFound
        return row
