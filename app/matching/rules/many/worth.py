"""
What a pair is worth, compiled: the verdict of ``judge``, the answers of ``fit``, the points of ``score``.

Whatever belongs to one side alone is worked out once for all its pairs (:mod:`app.matching.rules.many.ready`);
the compiled part multiplies and adds in the order in which ``score`` does, so that even the last bit agrees.
"""

import math
from typing import Final

from app.kernel.compiling import compiled
from app.matching.rules.many.answered import answered
from app.matching.rules.many.answers import ASK_CODE, CONFLICTS_CODE
from app.matching.rules.many.columns import Float64
from app.matching.rules.many.ready import OffersReady, RequestsReady, Scale
from app.matching.rules.score import COVERED_DAYS, DAILY_NEED_DAYS, Ground

GROUNDS: Final = tuple(Ground)
"""The grounds of a score in its own order."""

_DAYS_IN_WEEK: Final = 7
_SPLIT: Final = 134217729.0  # 2^27 + 1, which cuts a float into two halves whose products are exact.


@compiled
def answer(offers: OffersReady, requests: RequestsReady, offer: int, wish: int) -> int:
    """The answer of an offer to one wish, by the wish's row."""
    key = requests.key[wish]
    return answered(
        offers.limit[offer, key], offers.beyond[offer, key], requests.asked_days[wish], requests.level[wish]
    )


@compiled
def musts_met(offers: OffersReady, requests: RequestsReady, offer: int, request: int) -> int:
    """2 when there is a must and all are met, 1 when none stands against the pair, 0 when one does."""
    any_must, any_ask = False, False
    for wish in range(requests.start[request], requests.start[request + 1]):
        if requests.must[wish]:
            found = answer(offers, requests, offer, wish)
            if found == CONFLICTS_CODE:
                return 0
            any_must = True
            any_ask = any_ask or found == ASK_CODE
    if any_ask and not requests.accepts[request]:
        return 0
    return 2 if any_must and not any_ask else 1


@compiled
def milk_for(offers: OffersReady, requests: RequestsReady, offer: int, request: int) -> int:
    """Millilitres that the offer holds for the request's days."""
    if offers.weekly[offer]:
        return int(offers.volume[offer] * ((requests.days[request] + _DAYS_IN_WEEK - 1) // _DAYS_IN_WEEK))
    return int(offers.volume[offer])


@compiled
def grounds(
    offers: OffersReady, requests: RequestsReady, most: Scale, offer: int, request: int, band: int, met: int,
    out: Float64,
) -> None:  # fmt: skip
    """The points of each ground in the order of GROUNDS."""
    reach = offers.travel[offer] + requests.travel[request]
    near = min(1.0, max(0.0, 1 - most.middle[band] / reach)) if reach > 0 else 0.0
    milk = milk_for(offers, requests, offer, request)
    missing = requests.need[request] * min(COVERED_DAYS, requests.days[request]) - requests.stock[request]
    covers = min(1.0, max(0.0, milk / missing)) if missing > 0 else 1.0
    once = not offers.weekly[offer]
    # An age nobody named is not a number, and no comparison with it holds.
    alike = offers.youngest[offer] <= requests.oldest[request] and offers.oldest[offer] >= requests.youngest[request]
    out[0] = requests.first_milk[request]
    out[1] = requests.needed[request]
    out[2] = most.near * near
    out[3] = most.short_trip[band]
    out[4] = most.next_days * covers
    out[5] = requests.empty[request]
    out[6] = most.musts if met == 2 else 0.0  # noqa: PLR2004 - what musts_met gives.
    out[7] = most.one_handoff if once and offers.volume[offer] <= requests.whole[request] else 0.0
    out[8] = requests.waited[request]
    out[9] = offers.soon[offer]
    out[10] = most.weekly if offers.weekly[offer] and requests.days[request] >= DAILY_NEED_DAYS else 0.0
    out[11] = most.like_age if alike else 0.0


@compiled
def hundredths(points: float) -> int:
    """Points in hundredths, rounded as ``round(points, 2)`` rounds: by the number's exact value, halves to even."""
    product = points * 100.0
    cut = points * _SPLIT
    high = cut - (cut - points)
    error = (high * 100.0 - product) + (points - high) * 100.0
    whole = math.floor(product)
    rest = product - whole
    if rest > 0.5 or (rest == 0.5 and (error > 0.0 or (error == 0.0 and whole % 2 == 1))):  # noqa: PLR2004
        return int(whole) + 1
    return int(whole)
