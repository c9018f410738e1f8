"""
Bags that were promised to another meeting and changed hands at this one.

Who has a bag is written down; a promise is only a plan. So the other meeting gives the bags up, takes others that are
free, and its two people hear of it. The donor says it by itself: by no slip of the finger does a family lose its milk.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.handoffs.events import HandoffUpdated
from app.handoffs.models import Handoff
from app.handoffs.rules.states import UNMET
from app.handoffs.services.changes import happened, tell
from app.handoffs.services.lots import day_of, is_accepted, promise_instead, promised, show_lots
from app.infra import event_bus
from app.kernel.errors import Invalid
from app.kernel.words import N_
from app.milk import queries as milk
from app.milk import services as ledger
from app.milk.rules.choosing import ROUNDING, Chosen, choose, held_by, together, volume_of

NOT_SO_MANY: Final = N_(
    "Not so many of these bags are promised to a meeting that is still to come. Please look again at what was given."
)

Lost = Sequence[tuple[Handoff, Chosen]]
"""Other meetings, and the bags that each has given up."""


def take_from_others(session: Session, row: Handoff, bags: Chosen, theirs: Chosen, *, now: datetime) -> Lost:
    """
    Let other meetings of this donor's that are still to come give up bags, the latest first: it has most time.

    ``theirs`` are those of which the donor says so, beside ``bags``; as many are taken as are not this meeting's
    already, or free: bags of one size in one lot are alike, and a form may be sent twice. The rows of the others are
    not locked, for each locks its own before the donor's lots: behind this lock nobody promises, meets or lets go.
    Raises :class:`Invalid` at ``from_others``.
    """
    if not held_by(theirs):
        return []
    ledger.lock_lots(row.donor_id)
    wanted = _lacking(row, bags, theirs)
    others = session.scalars(
        select(Handoff)
        .where(Handoff.donor_id == row.donor_id, Handoff.id != row.id, Handoff.state.in_(UNMET))
        .order_by(Handoff.window_start.desc(), Handoff.id.desc())
        .execution_options(populate_existing=True)
    ).all()
    lost = []
    for other in others:
        part = _shared(promised(other), wanted)
        for public_id, sizes in part.items():
            ledger.take_back(public_id, other.holder, volume_of(sizes), bags=sizes, now=now)
        wanted = _without(wanted, part)
        lost += [(other, part)] if part else []
    if wanted:
        raise Invalid({"from_others": [NOT_SO_MANY]})
    return lost


def _lacking(row: Handoff, bags: Chosen, theirs: Chosen) -> Chosen:
    """How many of ``theirs`` are neither this meeting's nor free, when ``bags`` are given besides."""
    free = {each.lot: dict(each.bags) for each in milk.stock_of(row.donor_id, on=day_of(row))}
    return _shared(_without(together(bags, theirs), together(free, promised(row))), theirs)


def _shared(one: Mapping[str, Mapping[int, int]], other: Mapping[str, Mapping[int, int]]) -> Chosen:
    """The bags that stand in both."""
    found: Chosen = {}
    for lot, sizes in other.items():
        bags = {size: min(count, one.get(lot, {}).get(size, 0)) for size, count in sizes.items()}
        if volume_of(bags):
            found[lot] = {size: count for size, count in bags.items() if count}
    return found


def _without(bags: Chosen, taken: Chosen) -> Chosen:
    """What is left of these bags; empty when nothing is."""
    rest = {
        lot: {size: max(0, count - taken.get(lot, {}).get(size, 0)) for size, count in sizes.items()}
        for lot, sizes in bags.items()
    }
    return {lot: sizes for lot, sizes in rest.items() if any(sizes.values())}


def give_others(session: Session, lost: Lost, *, now: datetime) -> None:
    """
    Promise those meetings other bags in their place, the oldest first, and tell the two of each.

    The donor is asked to choose where too few are free; the family is asked anew what it had accepted.
    """
    for other, bags in lost:
        accepted, left = is_accepted(session, other), promised(other)
        instead = choose(milk.stock_of(other.donor_id, on=day_of(other)), held_by(bags))
        if left and held_by(instead) > held_by(bags) + ROUNDING:
            instead = {}
        promise_instead(other, together(left, instead), now=now)
        show_lots(session, other)
        event_bus.record(happened(HandoffUpdated, other, actor_id=other.donor_id, now=now))
        kind = "handoff_lots_off" if held_by(instead) + ROUNDING < held_by(bags) else "handoff_lots_given"
        tell(other, other.donor_id, kind, said={"at": now.isoformat()}, now=now, mail=True)
        if accepted and not is_accepted(session, other):
            tell(other, other.family_id, "handoff_lots", said={"at": now.isoformat()}, now=now)
