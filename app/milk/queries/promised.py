"""
What of a donor's milk may be given on a day, what is promised to a holder, and what a holder received.

These ask no permission: whoever calls has decided who may know. A holder is the random token of a handoff.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select

from app.infra.transaction import session
from app.kernel.quantities import Millilitres
from app.milk.models import CustodyEntry, CustodyHolding, CustodyLot, Lot, LotPromise, Statement
from app.milk.queries.views import EntryView, LotView, entry_views, lot_views, whole_lots
from app.milk.rules.choosing import Stock, volume_of
from app.milk.rules.ledger import Arrival, Entry


@dataclass(frozen=True, slots=True)
class PromisedLot:
    """Bags of a lot that are promised to a holder: how many of each size."""

    lot: LotView
    bags: dict[int, int]

    @property
    def volume_ml(self) -> Millilitres:
        """What they hold."""
        return volume_of(self.bags)


@dataclass(frozen=True, slots=True)
class ReceivedLot:
    """
    Milk of a lot that a holder received, and how much of it is used up; ``arrival`` is as it was said first.

    That its donor keeps it back (``excluded``) is hers to see and nobody else's.
    """

    holder: str
    custody_id: int
    code: str
    pumped_from: date
    pumped_to: date
    withdrawn: bool
    excluded: bool
    received_ml: Millilitres
    used_ml: Millilitres
    received_at: datetime
    arrival: Arrival

    @property
    def left_ml(self) -> Millilitres:
        """What the holder still has."""
        return Millilitres(self.received_ml - self.used_ml)


def lots_to_give(donor_id: int, *, on: date) -> list[LotView]:
    """A donor's lots of which bags may be promised for a meeting ``on`` that day, the oldest first."""
    found = lot_views(whole_lots().where(Lot.donor_id == donor_id), today=on)
    return [lot for lot in found if lot.not_given is None and any(bags.free for bags in lot.bags)]


def lots_held(donor_id: int, *, on: date) -> list[LotView]:
    """
    A donor's lots that are withdrawn or kept back and of which bags are there by her count, the oldest first.

    None of them is passed on; but of some she may have given bags before that, and then it is to be written down. Of
    what had thawed, or is past its day, she may not.
    """
    held = whole_lots().where(Lot.donor_id == donor_id, or_(CustodyLot.withdrawn, CustodyLot.excluded))
    found = lot_views(held.where(Lot.thawed_on.is_(None)), today=on)
    return [lot for lot in found if lot.days_left >= 0 and any(bags.free for bags in lot.bags)]


def stock_of(donor_id: int, *, on: date) -> list[Stock]:
    """The same as bags to choose from."""
    return [stock_in(lot) for lot in lots_to_give(donor_id, on=on)]


def stock_in(lot: LotView) -> Stock:
    """The bags of a lot that are promised to nobody."""
    return Stock(lot.public_id, {int(bags.size_ml): bags.free for bags in lot.bags if bags.free})


def promised_to(holder: str, *, on: date) -> list[PromisedLot]:
    """The bags promised to a holder, by lot, the oldest first; ``on`` is the day for which their clock is shown."""
    wanted = select(LotPromise).where(LotPromise.holder == holder).order_by(LotPromise.size_ml)
    bags: dict[int, dict[int, int]] = {}
    for row in session().scalars(wanted.execution_options(populate_existing=True)):
        bags.setdefault(row.lot_id, {})[row.size_ml] = row.count
    lots = lot_views(whole_lots().where(Lot.id.in_(bags)), today=on) if bags else []
    return [PromisedLot(lot, bags[lot.id]) for lot in lots]


def received_by(holders: Iterable[str]) -> list[ReceivedLot]:
    """Everything these holders received, what came last first."""
    wanted = (
        select(CustodyHolding, CustodyLot)
        .join(CustodyLot, CustodyLot.id == CustodyHolding.lot_id)
        .where(CustodyHolding.holder.in_(tokens := list(holders)), CustodyHolding.received_ml > 0)
        .execution_options(populate_existing=True)
    )
    arrivals = _arrivals(tokens)
    found = [
        ReceivedLot(
            held.holder, lot.id, lot.code, lot.pumped_from, lot.pumped_to, lot.withdrawn, lot.excluded,
            Millilitres(held.received_ml), Millilitres(held.used_ml), *arrivals[held.holder, lot.id],
        )
        for held, lot in session().execute(wanted)
    ]  # fmt: skip
    return sorted(found, key=lambda each: (-each.received_at.timestamp(), each.pumped_from, each.custody_id))


def _arrivals(holders: Sequence[str]) -> dict[tuple[str, int], tuple[datetime, Arrival]]:
    """When each lot came to each holder first, and how."""
    since = func.coalesce(CustodyEntry.happened_at, CustodyEntry.at)
    wanted = select(CustodyEntry.holder, CustodyEntry.lot_id, since, CustodyEntry.condition).where(
        CustodyEntry.holder.in_(holders), CustodyEntry.kind == Entry.HANDED_OVER
    )
    found: dict[tuple[str, int], tuple[datetime, Arrival]] = {}
    for holder, lot_id, at, condition in session().execute(wanted.order_by(CustodyEntry.id)):
        found.setdefault((str(holder), lot_id), (at, Arrival(str(condition))))
    return found


def lots_by_custody(custody_ids: Iterable[int], *, today: date) -> dict[int, LotView]:
    """Donors' records of these lots, by the ledger's id; those whose donor is gone are left out."""
    wanted = list(custody_ids)
    found = lot_views(whole_lots().where(Lot.custody_id.in_(wanted)), today=today) if wanted else []
    return {lot.custody_id: lot for lot in found}


def lots_named(public_ids: Iterable[str], *, today: date) -> dict[str, LotView]:
    """Donors' records of these lots, by their public id."""
    wanted = list(public_ids)
    found = lot_views(whole_lots().where(Lot.public_id.in_(wanted)), today=today) if wanted else []
    return {lot.public_id: lot for lot in found}


def version_in_force(donor_id: int) -> int | None:
    """The version of what a donor states now; None while she states nothing and never did."""
    newest = select(Statement.version).where(Statement.donor_id == donor_id).order_by(Statement.version.desc())
    return session().scalar(newest.limit(1))


def story(custody_id: int, holder: str) -> list[EntryView]:
    """
    The ledger's lines about a lot as a holder of it may read them, oldest first: how it was kept, and what concerns
    this holder; nothing of any other.
    """
    own = CustodyEntry.holder == holder
    kept = CustodyEntry.holder.is_(None) & CustodyEntry.kind.in_((Entry.CREATED, Entry.MOVED, Entry.THAWED))
    return entry_views(
        (CustodyEntry.lot_id == custody_id) & (own | kept | (CustodyEntry.kind.in_((Entry.WITHDRAWN, Entry.CLEARED))))
    )
