"""
Which bags a donor says she gives: choices by lot and size, a lot written down at the meeting, and whether the bags can
have held what was measured.

Fields in the answers are named as in the form: ``bags``, ``pumped_from``, ``pumped_to``, ``kept``, ``heat`` and
``amount``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Final

from app.handoffs.rules.plan import Problems
from app.kernel.errors import Conflict
from app.kernel.quantities import Millilitres
from app.kernel.words import N_
from app.milk.rules.choosing import ROUNDING, Chosen, Stock, cover, held_by, is_too_many, slack, together
from app.milk.rules.drafts import LARGEST_BAG, SMALLEST_BAG, Bags, LotDraft
from app.milk.rules.keeping import Heat, Kept

ASK: Final = N_("Please say on which days this milk was pumped and where it was kept, so that it can be traced.")
TOO_FEW: Final = N_("These bags hold less than you entered. Please add the other bags, or write the rest down below.")
TOO_MANY: Final = N_("Fewer of these bags would hold what you entered. Please check the bags and the amount.")
NOTHING_LEFT: Final = N_("The bags above hold all of it already, so there is nothing to write down.")
NO_BAGS: Final = N_("Please say how many bags.")


class NoLotNamed(Conflict):
    """A handoff cannot be done while nobody knows which milk it was."""

    code = "no_lot_named"
    default_message = N_("The donor has not said yet which milk it was.")


@dataclass(frozen=True, slots=True)
class NewLot:
    """
    A lot written down for a handoff: its days and where it is kept; its volume is the handoff's.

    None where nothing readable was typed. The same ``submit_token`` again is the same lot.
    """

    pumped_from: date | None
    pumped_to: date | None
    kept: Kept | None
    heat: Heat | None = Heat.NONE
    as_stated: bool = False
    submit_token: str | None = None

    def draft(self, volume: Millilitres) -> LotDraft:
        """The lot of so much milk."""
        bags = bags_for(volume)
        return LotDraft(self.pumped_from, self.pumped_to, self.kept, self.heat, bags, as_stated=self.as_stated)


def bags_for(volume: Millilitres) -> tuple[Bags, ...]:
    """So much milk as bags, when nobody has counted any: as few as there can be, at least a teaspoon in each."""
    whole, rest = divmod(max(int(volume), int(SMALLEST_BAG)), int(LARGEST_BAG))
    if whole and 0 < rest < SMALLEST_BAG:
        whole, rest = whole - 1, rest + LARGEST_BAG
    half = rest // 2 if rest > LARGEST_BAG else 0
    sizes = ((whole, int(LARGEST_BAG)), (1, half), (1, rest - half))
    return tuple(Bags(count, Millilitres(size)) for count, size in sizes if count and size)


def meeting_day(window_end: datetime, zone: tzinfo) -> date:
    """The donor's day by whose end the two have met; milk must be of use on it."""
    return window_end.astimezone(zone).date()


def meant_bags(promised: Chosen, stock: list[Stock], amount: Millilitres) -> Chosen:
    """
    The bags meant by somebody who only says how much was given.

    Of those promised as many as can have held it, the oldest first; others besides, when all of them cannot; and those
    promised, when nothing can.
    """
    mine = [Stock(lot, bags) for lot, bags in promised.items()]
    enough = cover(mine, amount)
    if enough is not None:
        return enough
    return together(promised, cover(stock, Millilitres(amount - held_by(promised))) or {})


def bag_problems(bags: Mapping[str, Mapping[int, int]], amount: Millilitres) -> Problems:
    """Why these bags cannot have held what was measured; what is missing from them may be written down as a lot."""
    if not bags and amount > ROUNDING:
        return {"pumped_from": [ASK]}
    if amount > held_by(bags) + slack(bags) + ROUNDING:
        return {"bags": [TOO_FEW]}
    return {"bags": [TOO_MANY]} if is_too_many(bags, amount) else {}
