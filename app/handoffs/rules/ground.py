"""
Where two may meet: which of the public places both can reach, in what order, and about how long the milk is on its way.

A place is known to these rules by two lengths, from the centre of each one's area. Nothing here is finer than an area,
so everybody in a pair of areas is told the same.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.geo.distance import band_of
from app.handoffs.rules.safe_places import Kind
from app.kernel.quantities import Kilometres

AROUND: Final = Kilometres(5.0)
"""Who does not travel is met near home: places are looked for as far as this from the middle of the own area."""

THIN: Final = Kilometres(1.0)
"""Discs that share a strip narrower than this only just touch."""

MOST_SHOWN: Final = 12
MOST_OF_A_KIND: Final = 3
"""So many pharmacies would otherwise leave no room for the library."""

DETOUR: Final = 1.3
KM_PER_HOUR: Final = 45
MINUTES_AT_THE_COOLER: Final = 15
"""Our own guesses for a first figure, which people correct: roads are longer than the straight line, and people look
at the bags together.
"""


class Situation(StrEnum):
    """How two travel discs lie."""

    BOTH = "both"
    ONE_STAYS = "one_stays"
    NEITHER = "neither"
    TOUCH = "touch"
    APART = "apart"


def situation_of(a_reach: Kilometres, b_reach: Kilometres, apart: Kilometres) -> Situation:
    """How the discs of two areas lie whose centres are ``apart``; two edges that meet touch."""
    if apart > a_reach + b_reach:
        return Situation.APART
    if not a_reach and not b_reach:
        return Situation.NEITHER
    if not a_reach or not b_reach:
        return Situation.ONE_STAYS
    return Situation.TOUCH if a_reach + b_reach - apart < THIN else Situation.BOTH


def looked_for(reach: Kilometres) -> Kilometres:
    """How far from the middle of somebody's area places are looked for."""
    return reach or AROUND


@dataclass(frozen=True, slots=True)
class Reached:
    """A public place that both can reach, by what tells it from others and the two ways there."""

    ref: str
    name: str
    kind: Kind
    donor_way: Kilometres
    family_way: Kilometres

    @property
    def greater(self) -> Kilometres:
        """The way of whoever goes further."""
        return max(self.donor_way, self.family_way)


def fairest(reached: Iterable[Reached], *, most: int = MOST_SHOWN, of_a_kind: int = MOST_OF_A_KIND) -> list[Reached]:
    """
    The places to suggest, fairest first: whoever goes further goes as little as can be.

    Then the less both go together, then by name; the order is the same for both and for everybody in their areas. Of
    one kind there are ``of_a_kind`` at most.
    """
    seen: Counter[Kind] = Counter()
    found: list[Reached] = []
    for place in sorted(
        reached, key=lambda each: (each.greater, each.donor_way + each.family_way, each.name, each.ref)
    ):
        if len(found) == most:
            break
        if seen[place.kind] < of_a_kind:
            seen[place.kind] += 1
            found.append(place)
    return found


def minutes_on_the_way(donor_way: Kilometres, family_way: Kilometres) -> int:
    """
    About how long milk travels from one home to the other by way of a meeting place, in steps of five minutes.

    A guess of our own from the middles of both bands, so that it says no more than the bands do.
    """
    kilometres = (band_of(donor_way).middle + band_of(family_way).middle) * DETOUR
    return 5 * round((kilometres / KM_PER_HOUR * 60 + MINUTES_AT_THE_COOLER) / 5)
