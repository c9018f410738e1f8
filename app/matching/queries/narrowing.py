"""What somebody narrows a list of matches to; an empty one narrows nothing."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.kernel.quantities import Millilitres
from app.matching.queries.candidates import Candidate
from app.matching.rules.feasible import movable
from app.matching.rules.fit import Answer, explain
from app.matching.rules.sides import Wish


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

    def keeps(self, one: Candidate, *, today: date) -> bool:
        """Whether this candidate stays in the list."""
        return (
            (self.farthest is None or one.meeting.band.order <= self.farthest)
            and (self.least is None or movable(one.offer, one.request) >= self.least)
            and self._knows_enough(one)
            and (one.other.offer is None or self._keeps_milk(one, today))
        )

    def _knows_enough(self, one: Candidate) -> bool:
        if self.known is Known.MUSTS:
            return not one.fit.must_ask
        return self.known is None or not one.fit.asks

    def _keeps_milk(self, one: Candidate, today: date) -> bool:
        milk, since = one.offer.milk, self.pumped_since
        return (
            (not self.supplies or one.offer.supply in self.supplies)
            and (not self.storage or milk.storage in self.storage)
            and (since is None or (milk.pumped_from is not None and milk.pumped_from >= since))
            and all(explain(milk, Wish(each), today=today).answer is Answer.MEETS for each in self.stated)
        )


NOTHING = Narrowing()
"""Keeps everything."""
