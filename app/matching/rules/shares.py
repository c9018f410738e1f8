"""How much of an offer to suggest for one meeting, so that a large offer reaches more than one baby."""

from typing import Final

from app.kernel.quantities import Millilitres
from app.matching.rules.feasible import SMALLEST_MOVE

SHARE_DAYS: Final = 7
"""A week of milk for each, as long as families without any stand behind: time enough to find the next donor."""


def suggested_share(
    *,
    free: Millilitres,
    missing: Millilitres,
    need_per_day: Millilitres,
    others_wait: bool,
    smallest: Millilitres | None = None,
) -> Millilitres:
    """
    What to suggest for a meeting of a family that misses ``missing`` with a donor who has ``free``.

    All it misses, as far as the milk goes; while others without milk wait at the offer, a week's milk instead, unless
    the rest would be worth no meeting. Never below what is worth one (295 ml, or the donor's ``smallest``) while there
    is so much. Only a suggestion: the two people decide. Never more than ``free``.
    """
    least = max(SMALLEST_MOVE, smallest or 0)
    whole = min(free, max(missing, least))
    share = max(need_per_day * SHARE_DAYS, least)
    if not others_wait or share >= whole or free - share < least:
        return Millilitres(whole)
    return Millilitres(share)
