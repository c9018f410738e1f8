"""One pair in the innermost loops: rows and numbers go in, no tuples of columns, because each would be copied."""

from typing import Final

from app.kernel.compiling import inlined
from app.matching.rules.many.answered import answered
from app.matching.rules.many.answers import ASK_CODE, CONFLICTS_CODE
from app.matching.rules.many.columns import Float64, Int8, Int16
from app.matching.rules.many.rows import (
    AGE_FROM,
    AGE_TO,
    DAILY,
    EMPTY,
    FIRST,
    LEAST,
    LIKE_AGE,
    MISSING,
    MUSTS,
    NEAR,
    NEEDED,
    NEXT_DAYS,
    OLDEST,
    ONE_HANDOFF,
    SOON,
    TRAVEL,
    VOLUME,
    WAITED,
    WEEKLY,
    WEEKLY_POINTS,
    WEEKS,
    WHOLE,
    YOUNGEST,
)
from app.matching.rules.many.worth import hundredths

NOT_FEASIBLE: Final = -1
AGAINST: Final = 0
OPEN: Final = 1
ALL_MET: Final = 2
"""What the musts of a pair come to: one stands against it, none does, or there are musts and all are met."""


@inlined
def milk_between(offers: Float64, offer: int, requests: Float64, request: int) -> float:
    """Millilitres that the offer holds for the request's days."""
    weeks = requests[request, WEEKS] if offers[offer, WEEKLY] > 0 else 1.0
    return float(offers[offer, VOLUME] * weeks)


@inlined
def points_of(
    offers: Float64, offer: int, requests: Float64, request: int, weights: Float64, middle: float, short_trip: float,
    musts: float,
) -> float:  # fmt: skip
    """
    All points of a pair whose musts give ``musts``, added in the order of the grounds, as ``score`` adds them.

    ``middle`` and ``short_trip`` are those of the band between both.
    """
    reach = offers[offer, TRAVEL] + requests[request, TRAVEL]
    near = min(1.0, max(0.0, 1 - middle / reach)) if reach > 0 else 0.0
    missing = requests[request, MISSING]
    milk = milk_between(offers, offer, requests, request)
    covers = min(1.0, max(0.0, milk / missing)) if missing > 0 else 1.0
    weekly = offers[offer, WEEKLY] > 0
    total = requests[request, FIRST] + requests[request, NEEDED]
    total += weights[NEAR] * near
    total += short_trip
    total += weights[NEXT_DAYS] * covers
    total += requests[request, EMPTY]
    total += musts
    if not weekly and offers[offer, VOLUME] <= requests[request, WHOLE]:
        total += weights[ONE_HANDOFF]
    total += requests[request, WAITED]
    total += offers[offer, SOON]
    if weekly and requests[request, DAILY] > 0:
        total += weights[WEEKLY_POINTS]
    # An age nobody named is not a number, and no comparison with it holds.
    if offers[offer, YOUNGEST] <= requests[request, AGE_TO] and offers[offer, OLDEST] >= requests[request, AGE_FROM]:
        total += weights[LIKE_AGE]
    return float(total)


@inlined
def musts_between(
    limit: Int16, beyond: Int8, offer: int, key: Int8, asked_days: Int16, level: Int8, start: int, stop: int,
    accepts: bool,  # noqa: FBT001 - a compiled loop takes its arguments by position.
) -> int:  # fmt: skip
    """What the musts from ``start`` to before ``stop`` come to."""
    any_ask = False
    for wish in range(start, stop):
        about = key[wish]
        found = answered(limit[offer, about], beyond[offer, about], asked_days[wish], level[wish])
        if found == CONFLICTS_CODE:
            return AGAINST
        any_ask = any_ask or found == ASK_CODE
    if any_ask:
        return OPEN if accepts else AGAINST
    return ALL_MET if start < stop else OPEN


@inlined
def worth_of(
    offers: Float64, offer: int, requests: Float64, request: int, limit: Int16, beyond: Int8, key: Int8,
    asked_days: Int16, level: Int8, start: int, stop: int, accepts: bool,  # noqa: FBT001 - as above.
    weights: Float64, middle: float, short_trip: float,
) -> int:  # fmt: skip
    """The points of two open posts in reach of each other, in hundredths; NOT_FEASIBLE when they do not fit."""
    moved = min(milk_between(offers, offer, requests, request), requests[request, WHOLE])
    if moved < offers[offer, LEAST]:
        return NOT_FEASIBLE
    met = musts_between(limit, beyond, offer, key, asked_days, level, start, stop, accepts)
    if met == AGAINST:
        return NOT_FEASIBLE
    musts = weights[MUSTS] if met == ALL_MET else 0.0
    return hundredths(points_of(offers, offer, requests, request, weights, middle, short_trip, musts))
