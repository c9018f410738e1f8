"""
What a donor may say about the order of her own list. It adds to her list alone: nobody else's list, no round and no
family's page knows of it.
"""

from typing import Final

from app.matching.rules.feasible import movable
from app.matching.rules.score import Points, near_share
from app.matching.rules.sides import Meeting, OfferSide, Preference, RequestSide

PREFERENCE_POINTS: Final = 20
"""The most a donor's preference adds, so that it outweighs any one ground but first milk, and two together outweigh
it."""

_YOUNG: Final = {"0_3": 1.0, "3_6": 2 / 3, "6_12": 1 / 3, "12_plus": 0.0}


def own_points(points: Points, offer: OfferSide, request: RequestSide, meeting: Meeting) -> float:
    """The points that order the donor's own list: those of the pair and what her preference adds, to a hundredth."""
    return round(points.total + PREFERENCE_POINTS * preferred(offer, request, meeting), 2)


def preferred(offer: OfferSide, request: RequestSide, meeting: Meeting) -> float:
    """
    How far a request is what the donor prefers, from 0 to 1; 0 without a preference.

    Fewest handoffs: the share of her milk (of a week's, when she gives weekly) that the family could take at once.
    Nearest: as the ground ``near``, by the middle of the band. Youngest: by the band of the baby's age.
    """
    match offer.preference:
        case Preference.FEWEST_HANDOFFS:
            return min(1.0, movable(offer, request) / offer.volume) if offer.volume > 0 else 0.0
        case Preference.NEAREST:
            return near_share(offer, request, meeting)
        case Preference.YOUNGEST:
            return _YOUNG[request.baby_age_band]
        case _:
            return 0.0
