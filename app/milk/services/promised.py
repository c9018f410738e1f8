"""
Which bags are promised to whom: the count of bags beside the ledger's count of millilitres.

Every function runs in the caller's transaction and expects the lot's row to be locked, so that nobody else counts the
same bags; the constraint ``never_promised_twice`` has the last word.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.errors import Invalid
from app.kernel.words import N_
from app.milk.models import LotBags, LotPromise

Taken = Mapping[int, int]
"""How many bags, by their size in millilitres."""


def promise_bags(
    session: Session, lot_id: int, holder: str, bags: Taken, *, meets_at: datetime | None = None
) -> None:  # fmt: skip
    """Promise so many more bags of each size; raises :class:`Invalid` when they are not free."""
    there = bags_of(session, lot_id)
    if any(size not in there or not 0 < count <= there[size].free for size, count in bags.items()):
        raise Invalid({"bags": [N_("There are not so many bags of that size left.")]})
    for size, count in bags.items():
        there[size].promised += count
        row = session.get(LotPromise, (lot_id, holder, size))
        if row is None:
            session.add(LotPromise(lot_id=lot_id, holder=holder, size_ml=size, count=count, met_at=meets_at))
        else:
            row.count += count
    session.flush()


def free_bags(session: Session, lot_id: int, holder: str, bags: Taken, *, gone: bool = False) -> None:
    """
    Promise these bags no longer; ``gone`` says that they went to their holder and are not at the donor's any more.

    Raises :class:`Invalid` when not so many were promised to this holder.
    """
    there = bags_of(session, lot_id)
    for size, count in bags.items():
        row = session.get(LotPromise, (lot_id, holder, size))
        if row is None or not 0 < count <= row.count:
            raise Invalid({"bags": [N_("There are not so many bags of that size promised.")]})
        there[size].promised -= count
        there[size].gone += count if gone else 0
        if row.count == count:
            session.delete(row)
        else:
            row.count -= count
    session.flush()


def bags_of(session: Session, lot_id: int) -> dict[int, LotBags]:
    """The bags of a locked lot by their size, as the database has them now."""
    wanted = select(LotBags).where(LotBags.lot_id == lot_id).order_by(LotBags.size_ml)
    rows = session.scalars(wanted.execution_options(populate_existing=True))
    return {row.size_ml: row for row in rows}


def promises_of(session: Session, *, holder: str | None = None, lot_id: int | None = None) -> list[LotPromise]:
    """What is promised to a holder or of a lot, in the order of the lots."""
    wanted = select(LotPromise).order_by(LotPromise.lot_id, LotPromise.holder, LotPromise.size_ml)
    if holder is not None:
        wanted = wanted.where(LotPromise.holder == holder)
    if lot_id is not None:
        wanted = wanted.where(LotPromise.lot_id == lot_id)
    return list(session.scalars(wanted.execution_options(populate_existing=True)))


def note_met(session: Session, holder: str, *, now: datetime) -> None:
    """Keep that all that is promised to a holder has changed hands, if not before."""
    for row in promises_of(session, holder=holder):
        row.met_at = min(row.met_at or now, now)
    session.flush()
