"""The bags a donor may name while she proposes a handoff, before there is one."""

from dataclasses import dataclass
from datetime import datetime

from app.handoffs.queries.plans import Plan
from app.handoffs.rules.lots import meeting_day
from app.kernel.access import Identity
from app.kernel.quantities import Millilitres
from app.milk import queries as milk
from app.milk.queries import LotView
from app.milk.rules.choosing import Chosen, choose


@dataclass(frozen=True, slots=True)
class BagChoice:
    """``choices`` are the donor's lots of which bags may be named, the oldest first; ``chosen`` what would be taken."""

    choices: tuple[LotView, ...]
    chosen: Chosen


def bags_to_plan(actor: Identity, plan: Plan, volume: Millilitres, *, until: datetime) -> BagChoice | None:
    """
    What the donor may bring to a meeting that ends at ``until``, and the oldest bags for ``volume``.

    None for the family, and for a donor of whom no lot may be given then.
    """
    if actor.person_id != plan.donor_id:
        return None
    lots = milk.lots_to_give(plan.donor_id, on=meeting_day(until, plan.donor_zone))
    chosen = choose([milk.stock_in(lot) for lot in lots], volume)
    return BagChoice(tuple(lots), chosen) if lots else None
