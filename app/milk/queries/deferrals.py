"""Days kept back, for their donor alone: her entries, the lots they touch, and what was handed over of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select

from app.infra.database import db
from app.kernel.access import Identity, authorise
from app.kernel.errors import NotFound
from app.milk.models import Deferral, Lot, LotHold
from app.milk.permissions import KEEP_DAYS, LIST_DAYS
from app.milk.queries.views import LotView, lots_of
from app.milk.rules.deferrals import Days, Kind, Standing

_NEWEST_FIRST: Final = (Deferral.first_day.desc(), Deferral.id.desc())


@dataclass(frozen=True, slots=True)
class DaysView:
    """An entry as its donor sees it on ``today``, her own day."""

    id: int
    public_id: str
    donor_id: int
    kind: Kind
    days: Days
    today: date

    @property
    def goes_on(self) -> bool:
        """Whether it has no end yet, or one that is still to come."""
        return self.days.last is None or self.days.last > self.today

    @property
    def holds_today(self) -> bool:
        """Whether today is one of the days."""
        return self.days.covers(Days(self.today, self.today))


@dataclass(frozen=True, slots=True)
class Held:
    """Why a lot is kept back: one entry's days that it shares, or none when that entry is gone."""

    entry: DaysView | None
    standing: Standing
    days: Days | None


@dataclass(frozen=True, slots=True)
class KeptBackLot:
    """A lot that is kept back, and by what."""

    lot: LotView
    by: tuple[Held, ...]

    @property
    def asks(self) -> bool:
        """Whether she has yet to say which bags are from the days."""
        return self.can_answer and any(each.standing is Standing.OPEN for each in self.by)

    @property
    def can_answer(self) -> bool:
        """Whether only some of its days are kept back, so that bags may be from other days."""
        whole = Days(self.lot.pumped_from, self.lot.pumped_to)
        named = [each.days for each in self.by if each.days is not None]
        return bool(named) and whole not in named

    @property
    def can_be_given_again(self) -> bool:
        """Whether no day of hers asks for it any more."""
        return all(each.entry is None for each in self.by)

    def is_by(self, public_id: str) -> bool:
        """Whether this entry keeps it back."""
        return any(each.entry is not None and each.entry.public_id == public_id for each in self.by)


def days_of(actor: Identity, *, today: date) -> list[DaysView]:
    """The actor's own entries, the newest first."""
    authorise(actor, LIST_DAYS)
    wanted = select(Deferral).where(Deferral.donor_id == actor.person_id).order_by(*_NEWEST_FIRST)
    return [_view(row, today) for row in db.session.scalars(wanted)]


def days_for(actor: Identity, public_id: str, *, today: date) -> DaysView:
    """An entry of the actor's own; another's is :class:`NotFound`."""
    row = db.session.scalar(select(Deferral).where(Deferral.public_id == public_id))
    if row is None:
        raise NotFound
    view = _view(row, today)
    authorise(actor, KEEP_DAYS, view)
    return view


def latest_to_repeat(entries: list[DaysView]) -> list[DaysView]:
    """Of each kind the newest entry, where "again today" would say something new."""
    newest: dict[Kind, DaysView] = {}
    for each in entries:
        newest.setdefault(each.kind, each)
    said = {each.kind for each in entries if each.holds_today}
    return [each for kind, each in newest.items() if kind not in said]


def held_lots(actor: Identity, *, today: date) -> list[KeptBackLot]:
    """The actor's lots that are kept back and of which something is there, the oldest milk first."""
    there = [lot for lot in lots_of(actor, today=today) if not lot.is_over]
    by = holds_on(actor, [lot.id for lot in there], today=today)
    return [KeptBackLot(lot, by[lot.id]) for lot in there if lot.id in by]


def holds_on(actor: Identity, lot_ids: Collection[int], *, today: date) -> dict[int, tuple[Held, ...]]:
    """What of the actor's own days keeps each of these lots of hers back; those that nothing does are left out."""
    entries = {each.id: each for each in days_of(actor, today=today)}
    wanted = select(LotHold).join(Lot, Lot.id == LotHold.lot_id).where(Lot.donor_id == actor.person_id)
    wanted = wanted.where(LotHold.lot_id.in_(lot_ids), LotHold.standing != Standing.OUTSIDE)
    by: dict[int, tuple[Held, ...]] = {}
    for row in db.session.scalars(wanted.order_by(LotHold.id)) if lot_ids else ():
        days = Days(row.first_day, row.last_day) if row.first_day else None
        held = Held(entries.get(row.deferral_id or 0), Standing(row.standing), days)
        by[row.lot_id] = (*by.get(row.lot_id, ()), held)
    return by


def held_lot(actor: Identity, lot: LotView) -> KeptBackLot | None:
    """Why a lot of the actor's own is kept back; None when it is not."""
    found = held_lots(actor, today=lot.today) if lot.excluded else []
    return next((each for each in found if each.lot.id == lot.id), None)


def handed_over_within(actor: Identity, days: Days, *, today: date) -> list[LotView]:
    """Lots of the actor's own with a day of pumping among ``days``, milk handed over, and not withdrawn yet."""
    return [
        lot
        for lot in lots_of(actor, today=today)
        if lot.balance.given_ml and not lot.withdrawn and days.shared_with(lot.pumped_from, lot.pumped_to)
    ]


def _view(row: Deferral, today: date) -> DaysView:
    days = Days(row.first_day, row.last_day)
    return DaysView(row.id, row.public_id, row.donor_id, Kind(row.kind), days, today)
