"""The whole life of a lot for its donor: the ledger's lines of it, of the lots above it, and of its parts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from app.infra.transaction import session
from app.kernel.access import Identity
from app.kernel.quantities import Millilitres
from app.milk.models import CustodyEntry, Holder
from app.milk.queries.deferrals import Held, holds_on
from app.milk.queries.promised import lots_by_custody
from app.milk.queries.views import EntryView, LotView, lot_for
from app.milk.rules.keeping import Kept
from app.milk.rules.ledger import Arrival, Entry
from app.milk.rules.lives import Chapter, Line, SplitFor, life, numbered


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """
    One line of a life.

    ``codes`` are those of the lots it is about, ``is_own`` whether the lot itself is among them. ``family`` is the
    number of the family it names, None for none: who that is stands nowhere. ``split`` is the lot that was parted.
    """

    entry: EntryView
    codes: tuple[str, ...]
    is_own: bool
    family: int | None
    split: LotView | None
    split_for: SplitFor | None

    @property
    def at(self) -> datetime:
        """When it was written down."""
        return self.entry.at


@dataclass(frozen=True, slots=True)
class LotLife:
    """
    A lot, its whole life, and the lots it was split off from (the nearest first) and that were split off from it.

    ``held`` says by lot which of its donor's days keep it back; only she may see it.
    """

    lot: LotView
    events: tuple[LifeEvent, ...]
    above: tuple[LotView, ...]
    below: tuple[LotView, ...]
    held: Mapping[int, tuple[Held, ...]]


def life_of(actor: Identity, public_id: str, *, today: date) -> LotLife:
    """The life of a lot of the actor's own; another's is :class:`~app.kernel.errors.NotFound`."""
    lot = lot_for(actor, public_id, today=today)
    above, below = _above(lot.custody_id), _below(lot.custody_id)
    lots = lots_by_custody({lot.custody_id, *above, *below}, today=today)
    excluded = frozenset(key for key, each in lots.items() if each.excluded)
    chapters = life(_lines(lots), lot.custody_id, above, below, excluded)
    families = numbered(chapters, _people(chapters))
    return LotLife(
        lot=lot,
        events=tuple(_event(each, lot, lots, families) for each in chapters),
        above=tuple(lots[key] for key in above),
        below=tuple(each for key, each in lots.items() if key in below),
        held=holds_on(actor, [each.id for each in lots.values() if each.excluded], today=today),
    )


def _event(
    chapter: Chapter, own: LotView, lots: Mapping[int, LotView], families: Mapping[str, int]
) -> LifeEvent:  # fmt: skip
    line = chapter.line
    other = lots.get(line.other_lot_id or 0)
    return LifeEvent(
        entry=EntryView(
            line.kind,
            line.volume_ml,
            line.holder,
            line.condition,
            line.kept,
            other.code if other else None,
            line.at,
            line.happened_at,
        ),
        codes=tuple(lots[key].code for key in chapter.lot_ids),
        is_own=own.custody_id in chapter.lot_ids,
        family=families[line.holder] if line.holder else None,
        split=other if line.kind is Entry.SPLIT else None,
        split_for=chapter.split_for,
    )


def _above(custody_id: int) -> tuple[int, ...]:
    """The lots this one was split off from, the nearest first."""
    found: list[int] = []
    parent = _parent(custody_id)
    while parent is not None:
        found.append(parent)
        parent = _parent(parent)
    return tuple(found)


def _parent(custody_id: int) -> int | None:
    born = select(CustodyEntry.other_lot_id).where(
        CustodyEntry.lot_id == custody_id, CustodyEntry.kind == Entry.CREATED
    )
    return session().scalar(born)


def _below(custody_id: int) -> frozenset[int]:
    """Every lot that was split off from this one, or from one that was."""
    parts = select(CustodyEntry.other_lot_id).where(CustodyEntry.kind == Entry.SPLIT)
    found = parts.where(CustodyEntry.lot_id == custody_id).cte("below", recursive=True)
    found = found.union(parts.where(CustodyEntry.lot_id == found.c.other_lot_id))
    return frozenset(session().scalars(select(found.c.other_lot_id)))


def _lines(custody_ids: Collection[int]) -> list[Line]:
    wanted = select(CustodyEntry).where(CustodyEntry.lot_id.in_(custody_ids)).order_by(CustodyEntry.id)
    return [
        Line(
            row.id, row.lot_id, Entry(row.kind), Millilitres(row.volume_ml), row.holder,
            Arrival(row.condition) if row.condition else None, Kept(row.kept) if row.kept else None, row.other_lot_id,
            row.at, row.happened_at,
        )
        for row in session().scalars(wanted)
    ]  # fmt: skip


def _people(chapters: Collection[Chapter]) -> dict[str, int]:
    holders = {each.line.holder for each in chapters if each.line.holder}
    found = session().execute(select(Holder.holder, Holder.person_id).where(Holder.holder.in_(holders)))
    return {holder: person_id for holder, person_id in found}  # noqa: C416 - a row is no pair for dict().
