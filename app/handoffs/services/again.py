"""The form of the amounts sent a second time: by a tired finger on a slow line, or by a browser that asks again."""

from collections.abc import Mapping

from app.handoffs.models import Handoff
from app.handoffs.queries import entries_of
from app.handoffs.rules.amounts import Condition
from app.handoffs.rules.lots import NewLot
from app.handoffs.rules.states import HandoffState, Side
from app.handoffs.services.lots import day_of, promised
from app.kernel.access import Identity
from app.kernel.quantities import Millilitres
from app.milk import queries as milk
from app.milk.rules.choosing import Chosen, together, volume_of


def says_the_same(row: Handoff, side: Side, amount: Millilitres, condition: Condition | None) -> bool:
    """Whether one side said this amount already, and the family that the milk arrived so."""
    said = entries_of(row).of(side)
    return said == amount and (side is Side.DONOR or row.condition == condition)


def names_the_same(
    row: Handoff, actor: Identity, *, bags: Chosen | None, from_others: Chosen | None, lot: NewLot | None
) -> bool:
    """
    Whether the milk that a donor names with her amount is just what stands with the handoff already.

    ``bags``, ``from_others`` and ``lot`` as in :func:`~app.handoffs.services.completing.confirm`; naming none at all is
    the same. Until the handoff is done every bag is looked at; of what was received the ledger knows the lots and how
    much of each. A lot without a token, and milk that is not the donor's, is never the same.
    """
    named = _counted(together(bags or {}, from_others or {}))
    if not named and lot is None:
        return bags is None or row.state == HandoffState.CONFIRMED
    if row.state != HandoffState.CONFIRMED:
        return lot is None and named == _counted(promised(row))
    had = {each.code: each.received_ml for each in milk.received_by([row.holder])}
    written = milk.lot_by_token(actor, lot.submit_token) if lot and lot.submit_token else None
    lots = milk.lots_named({*named, *([written] if written else [])}, today=day_of(row))
    said = {lots[each].code: volume_of(sizes) for each, sizes in named.items() if each in lots}
    if lot is None:
        return len(said) == len(named) and said == had
    if written is None or lots[written].code not in had:
        return False
    said[lots[written].code] = had[lots[written].code]
    # Without a word about bags those promised are meant, whatever they were.
    return said.items() <= had.items() if bags is None and not from_others else said == had


def _counted(bags: Mapping[str, Mapping[int, int]]) -> Chosen:
    """The same without what is none."""
    counted = {lot: {size: count for size, count in sizes.items() if count} for lot, sizes in bags.items()}
    return {lot: sizes for lot, sizes in counted.items() if sizes}
