"""
Milk that changed hands and is withdrawn or kept back by now: what is so is written down, and the family is told.

Nothing of it could be promised any more, and so there is no promise to fulfil: the ledger takes it as handed over.
"""

from datetime import date, datetime
from typing import Final

from app.handoffs.models import Handoff
from app.kernel.errors import Invalid, NotFound
from app.milk import queries as milk
from app.milk import services as ledger
from app.milk.queries import LotView
from app.milk.rules.choosing import Chosen, volume_of
from app.milk.rules.keeping import NotGiven
from app.milk.rules.ledger import NotEnoughMilk
from app.milk.services import holders, telling

HELD_SINCE: Final = frozenset({NotGiven.WITHDRAWN, NotGiven.KEPT_BACK})
"""Why milk is not passed on that says nothing of how it was when it changed hands: that it did is written down."""


def record_held(row: Handoff, named: Chosen, day: date, *, now: datetime) -> Chosen:
    """
    Write down as handed over those of these bags that are withdrawn or kept back by now, and return the others.

    Of a lot of which the ledger says already that the family received so much, nothing is written again: the same form
    sent twice, or bags that were taken for handed over when their meeting began. Raises :class:`Invalid` at ``bags``.
    """
    lots, had = milk.lots_named(named, today=day), {each.code: each for each in milk.received_by([row.holder])}
    rest: Chosen = {}
    for public_id, bags in named.items():
        lot = lots.get(public_id)
        if lot is None or lot.donor_id != row.donor_id:
            raise NotFound
        if not _was_fine(lot, day):
            rest[public_id] = bags
        elif lot.code not in had or had[lot.code].received_ml < volume_of(bags):
            record(row, lot, bags, now=now)
    return rest


def _was_fine(lot: LotView, day: date) -> bool:
    """Whether nothing but what became known later stands against having given it that day."""
    return (lot.withdrawn or lot.excluded) and lot.thawed_on is None and lot.clock.use_by >= day


def record(row: Handoff, lot: LotView, bags: dict[int, int], *, now: datetime) -> None:
    """Write down these bags of such a lot; of a withdrawn one the family is told."""
    try:
        ledger.record_given(lot.public_id, row.holder, bags, since=row.window_start, now=now)
    except NotEnoughMilk as error:
        raise Invalid({"bags": [error.message]}) from None
    holders.register(row.holder, row.family_id, now=now)
    if lot.withdrawn:
        telling.reach_late(lot.custody_id, row.holder, row.family_id, now=now)
