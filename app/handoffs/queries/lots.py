"""The lots of a handoff as its two people see them, and everything a family has received."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.accounts.queries import person
from app.handoffs.models import Handoff, HandoffLot, HandoffWish
from app.handoffs.permissions import ACCEPT_LOTS, LIST, NAME_LOTS, SEE
from app.handoffs.rules.lots import meeting_day
from app.handoffs.rules.states import HELD, UNMET, HandoffState
from app.infra.transaction import session
from app.kernel.access import Identity, authorise
from app.kernel.errors import NotFound
from app.kernel.quantities import Millilitres
from app.milk import queries as milk
from app.milk.queries import EntryView, LotView, PromisedLot, ReceivedLot
from app.milk.rules.choosing import Chosen
from app.milk.rules.keeping import Heat, Kept
from app.milk.rules.policy import CDC, Policy
from app.milk.services.statements import fingerprint
from app.posts.queries import post
from app.posts.rules.drafts import Fact


@dataclass(frozen=True, slots=True)
class LotLine:
    """
    One lot as the family is shown it.

    ``bags`` are (size, count), empty once it was received. ``statement_version`` is the version of the donor's answers
    that held on all its days, None when she said so of none; ``facts`` are those answers where they are still what her
    offer says and she shares them, None where they are not.
    """

    custody_id: int
    code: str
    pumped_from: date
    pumped_to: date
    kept: Kept
    heat: Heat
    use_by: date
    withdrawn: bool
    statement_version: int | None
    facts: tuple[Fact, ...] | None
    accepted_at: datetime | None
    bags: tuple[tuple[Millilitres, int], ...]
    volume_ml: Millilitres
    received: ReceivedLot | None = None
    handoff_public_id: str = ""

    @property
    def policy(self) -> Policy:
        """Who says until when it may be used."""
        return CDC


@dataclass(frozen=True, slots=True)
class LotsView:
    """
    The lots of one handoff.

    ``choices`` are the donor's lots of which bags may be chosen, those chosen among them, and are empty for the family;
    ``held`` are those that are not passed on any more, of which she may have given bags before that. ``chosen`` are the
    bags chosen so far. ``asks_to_tell`` says that the family has milk of days she keeps back and was not told.
    """

    public_id: str
    lines: tuple[LotLine, ...]
    choices: tuple[LotView, ...]
    held: tuple[LotView, ...]
    asks_to_tell: bool
    chosen: Chosen
    can_choose: bool
    can_accept: bool
    is_accepted: bool
    is_family: bool

    @property
    def seen(self) -> str:
        """What is shown, for the form that accepts it: each lot with the version of the answers."""
        return " ".join(f"{line.custody_id}:{line.statement_version or ''}" for line in self.lines)


def lots_for(actor: Identity, public_id: str) -> LotsView:
    """The lots of a handoff for one of its two people; :class:`NotFound` for everybody else."""
    row = session().scalar(select(Handoff).where(Handoff.public_id == public_id))
    if row is None:
        raise NotFound
    authorise(actor, SEE, row)
    return _lots_view(row, actor)


def lot_cards(actor: Identity, ids: Sequence[str]) -> Mapping[str, LotsView]:
    """The lots of the handoffs whose card ids (``lots-<public id>``) these are; those that are not the reader's are
    left out.
    """
    named = {name.removeprefix("lots-"): name for name in ids}
    mine = (Handoff.donor_id == actor.person_id) | (Handoff.family_id == actor.person_id)
    rows = session().scalars(select(Handoff).where(Handoff.public_id.in_(named), mine)).all()
    return {named[row.public_id]: _lots_view(row, actor) for row in rows}


def _lots_view(row: Handoff, actor: Identity) -> LotsView:
    lines, is_donor = _lines(row), NAME_LOTS.allows(actor, row)
    can_choose = is_donor and row.state in UNMET | {HandoffState.PROPOSED}
    chosen = _chosen(row) if is_donor else {}
    received = milk.received_by([row.holder]) if is_donor else []
    accepted = bool(lines) and all(line.accepted_at for line in lines)
    return LotsView(
        public_id=row.public_id,
        lines=lines,
        choices=tuple(_choices(row)) if is_donor and row.state in HELD | {HandoffState.PROPOSED} else (),
        held=tuple(milk.lots_held(row.donor_id, on=_day(row))) if is_donor and row.state in HELD else (),
        asks_to_tell=any(each.excluded and not each.withdrawn for each in received),
        chosen=chosen,
        can_choose=can_choose,
        can_accept=ACCEPT_LOTS.allows(actor, row) and row.state in HELD and bool(lines) and not accepted,
        is_accepted=accepted,
        is_family=not is_donor,
    )


def _day(row: Handoff) -> date:
    return meeting_day(row.window_end, ZoneInfo(person(row.donor_id).timezone))


def _chosen(row: Handoff) -> Chosen:
    """The bags promised, or wished for while nothing is agreed."""
    if row.state != HandoffState.PROPOSED:
        return {each.lot.public_id: each.bags for each in milk.promised_to(row.holder, on=_day(row))}
    names = {lot.id: lot.public_id for lot in milk.lots_to_give(row.donor_id, on=_day(row))}
    wished: Chosen = {}
    for each in session().scalars(select(HandoffWish).where(HandoffWish.handoff_id == row.id)):
        if each.lot_id in names:
            wished.setdefault(names[each.lot_id], {})[each.size_ml] = each.count
    return wished


def _choices(row: Handoff) -> list[LotView]:
    """What may be chosen, the oldest first; what is promised to this very handoff counts as free."""
    free = {lot.public_id: lot for lot in milk.lots_to_give(row.donor_id, on=_day(row))}
    mine = {each.lot.public_id: each for each in milk.promised_to(row.holder, on=_day(row))}
    lots = free | {name: each.lot for name, each in mine.items()}
    found = [_as_if_free(lot, mine[name].bags if name in mine else {}) for name, lot in lots.items()]
    return sorted(found, key=lambda lot: (lot.pumped_from, lot.pumped_to, lot.id))


def _as_if_free(lot: LotView, bags: Mapping[int, int]) -> LotView:
    return replace(
        lot, bags=tuple(replace(each, promised=each.promised - bags.get(int(each.size_ml), 0)) for each in lot.bags)
    )


def _lines(row: Handoff) -> tuple[LotLine, ...]:
    shown = session().scalars(
        select(HandoffLot).where(HandoffLot.handoff_id == row.id).execution_options(populate_existing=True)
    )
    promised = {each.lot.custody_id: each for each in milk.promised_to(row.holder, on=_day(row))}
    received = {each.custody_id: each for each in milk.received_by([row.holder])}
    lots = milk.lots_by_custody(promised.keys() | received.keys(), today=_day(row))
    stated = _Stated(row.donor_id, row.offer_id)
    lines = [
        _line(
            row,
            each,
            promised.get(each.custody_id),
            received.get(each.custody_id),
            stated.of(lots.get(each.custody_id)),
        )
        for each in shown
        if each.custody_id in promised or each.custody_id in received
    ]
    return tuple(sorted(lines, key=lambda line: (line.pumped_from, line.pumped_to, line.custody_id)))


Facts = tuple[Fact, ...] | None
"""What a donor states, None where it is not known or not shared."""


class _Stated:
    """What a donor's offer says now, as far as she shares it, and whether that is what a lot refers to."""

    def __init__(self, donor_id: int, offer_id: int) -> None:
        offer = post(offer_id)
        self.facts = offer.facts
        self.fingerprint = fingerprint(donor_id, map(astuple, offer.facts)) if offer.facts_shared else None

    def of(self, lot: LotView | None) -> Facts:
        """The answers that a lot refers to; None where they are others by now, or not shared."""
        if lot is None or lot.statement is None or lot.statement.fingerprint != self.fingerprint:
            return None
        return self.facts


def _line(
    row: Handoff, shown: HandoffLot, promised: PromisedLot | None, received: ReceivedLot | None, facts: Facts
) -> LotLine:  # fmt: skip
    source: Any = received or (promised and promised.lot)
    bags = tuple((Millilitres(size), count) for size, count in promised.bags.items()) if promised else ()
    volume = (promised.volume_ml if promised else 0) + (received.received_ml if received else 0)
    return LotLine(
        custody_id=shown.custody_id, code=source.code, pumped_from=source.pumped_from, pumped_to=source.pumped_to,
        kept=Kept(shown.kept), heat=Heat(shown.heat), use_by=shown.use_by, withdrawn=source.withdrawn,
        statement_version=shown.statement_version, facts=facts, accepted_at=shown.accepted_at, bags=bags,
        volume_ml=Millilitres(volume), received=received, handoff_public_id=row.public_id,
    )  # fmt: skip


def received_by_family(actor: Identity) -> list[LotLine]:
    """Every lot of which the actor received milk, what came last first."""
    authorise(actor, LIST)
    rows = session().scalars(
        select(Handoff).where(Handoff.family_id == actor.person_id, Handoff.confirmed_at.is_not(None))
        .order_by(Handoff.confirmed_at.desc(), Handoff.id.desc())
    )  # fmt: skip
    return [line for row in rows.all() for line in _lines(row) if line.received]


def story_of(line: LotLine) -> list[EntryView]:
    """What the ledger says of a lot that was loaded for the family who received it."""
    return milk.story(line.custody_id, line.received.holder) if line.received else []
