"""What somebody narrows a list of matches to; an empty one narrows nothing."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from app.kernel.quantities import Millilitres
from app.matching.queries.candidates import Held
from app.matching.rules.many import OfferColumns
from app.matching.rules.many.against import meets
from app.matching.rules.many.columns import STORED, Bools
from app.matching.rules.sides import Supply, Wish


class Known(StrEnum):
    """How much must be said already: every must, or everything asked for."""

    MUSTS = "musts"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """
    What to keep of a list.

    ``supplies`` and ``storage`` keep offers of these kinds (empty: all). ``farthest`` is the order of the last band,
    ``pumped_since`` the earliest day on which the oldest milk may have been pumped (milk without dates is left out,
    milk still to be pumped stays), ``least`` what at least would change hands, ``stated`` what the donor must have said
    she leaves out, before this milk was pumped.
    """

    supplies: frozenset[str] = frozenset()
    storage: frozenset[str] = frozenset()
    farthest: int | None = None
    pumped_since: date | None = None
    least: Millilitres | None = None
    known: Known | None = None
    stated: tuple[str, ...] = ()

    def keeps(self, held: Held, *, today: date) -> Bools:
        """Which of the posts held against one's own stay in the list."""
        kept = np.ones(len(held.band), np.bool_)
        if self.farthest is not None:
            kept &= held.band <= self.farthest
        if self.least is not None:
            kept &= held.found.moved >= self.least
        if self.known is not None:
            kept &= (held.found.must_asks if self.known is Known.MUSTS else held.found.asks) == 0
        return kept & self._keeps_milk(held.offers, today) if len(held.requests) == 1 else kept

    def _keeps_milk(self, offers: OfferColumns, today: date) -> Bools:
        kept = np.ones(len(offers), np.bool_)
        if self.supplies:
            kept &= np.where(offers.weekly, Supply.WEEKLY in self.supplies, Supply.ONCE in self.supplies)
        if self.storage:
            kept &= np.isin(offers.storage, [STORED.index(each) for each in self.storage if each in STORED])
        if self.pumped_since is not None:
            kept &= offers.pumped_from >= self.pumped_since.toordinal()
        for each in self.stated:
            kept &= meets(offers, Wish(each), today=today)
        return kept


NOTHING = Narrowing()
"""Keeps everything."""
