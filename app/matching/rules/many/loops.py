"""
The loops over all pairs that could be among somebody's best, compiled.

Each post looks through the places it can meet, nearest band first. What a place could give at most is compared with the
worst partner kept so far, then what the pair could give, and only then is the pair looked at whole.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.kernel.compiling import compiled
from app.matching.rules.many.columns import Float64, Int32, Int64
from app.matching.rules.many.pair import milk_between, worth_of
from app.matching.rules.many.rows import (
    MISSING,
    MOST,
    MUSTS,
    NEAR,
    NEXT_DAYS,
    OWN,
    TRAVEL,
    OfferRows,
    RequestRows,
)
from app.matching.rules.many.sites import Sites, Ways

POINTS_AT: Final = 36
RANK_AT: Final = 4
LOW: Final = 0xFFFFFFFF
"""
A key holds hundredths of a point, then the partner's rank counted from above, then the band, so that the greater key is
the better partner.
"""

_MARGIN: Final = 2
"""Hundredths by which a hope may be wrong through rounding."""


@compiled
def best_offers(
    giving: OfferRows, asking: RequestRows, weights: Float64, middle: Float64, short: Float64, here: Sites,
    there: Sites, ways: Ways, first: int, last: int, banned: Int64, key: NDArray[np.int64], count: Int32,
) -> None:  # fmt: skip
    """Fill the rows of the requests that stand in the sites from ``first`` to before ``last``."""
    offers, requests, ranks, plains = giving.number, asking.number, giving.rank, asking.plain
    against, unmet = giving.against, giving.unmet
    limit, beyond, givers, askers = giving.limit, giving.beyond, giving.author, asking.author
    wishes, about, days, level, accepting = asking.start, asking.key, asking.asked_days, asking.level, asking.accepts
    starts, reaches, mosts = there.start, there.reach, there.most
    others, bands, metres, keep = ways.other, ways.band, ways.metres, key.shape[1]
    farthest, richest = there.farthest, there.richest
    for site in range(first, last):
        for request in range(here.start[site], here.start[site + 1]):
            travel, plain, accepts = requests[request, TRAVEL], plains[request], accepting[request]
            musts = weights[MUSTS] if wishes[request + 1] > wishes[request] else 0.0
            rest = requests[request, OWN] + weights[NEXT_DAYS] + musts
            per_ml = weights[NEXT_DAYS] / max(requests[request, MISSING], 1.0)
            least = 0
            for way in range(ways.start[site], ways.start[site + 1]):
                other, band, length = others[way], bands[way], metres[way] / 1000
                if length > reaches[other] + travel:
                    continue
                near = rest + _distance(weights, middle[band], short[band], reaches[other] + travel)
                if (near + mosts[other]) * 100 + _MARGIN < least:
                    near = rest + _distance(weights, middle[band], short[band], farthest + travel)
                    if (near + richest) * 100 + _MARGIN < least:
                        break
                    continue
                for offer in range(starts[other], starts[other + 1]):
                    hope = near + offers[offer, MOST]
                    if hope * 100 + _MARGIN < least:
                        break
                    milk = milk_between(offers, offer, requests, request)
                    hope += min(0.0, milk * per_ml - weights[NEXT_DAYS])
                    if unmet[offer] & plain:
                        hope -= musts
                    if hope * 100 + _MARGIN < least or length > offers[offer, TRAVEL] + travel:
                        continue
                    if plain & (against[offer] if accepts else unmet[offer]):
                        continue
                    points = worth_of(
                        offers, offer, requests, request, limit, beyond, about, days, level, wishes[request],
                        wishes[request + 1], accepting[request], weights, middle[band], short[band],
                    )  # fmt: skip
                    if points < least or givers[offer] == askers[request]:
                        continue
                    if not _is_banned(banned, offer * len(askers) + request):
                        keep_best(key, count, request, points << POINTS_AT | (LOW - ranks[offer]) << RANK_AT | band)
                        least = key[request, 0] >> POINTS_AT if count[request] == keep else 0


@compiled
def best_requests(
    giving: OfferRows, asking: RequestRows, weights: Float64, middle: Float64, short: Float64, here: Sites,
    there: Sites, ways: Ways, first: int, last: int, banned: Int64, key: NDArray[np.int64], count: Int32,
) -> None:  # fmt: skip
    """Fill the rows of the offers that stand in the sites from ``first`` to before ``last``."""
    offers, requests, ranks, plains = giving.number, asking.number, asking.rank, asking.plain
    limit, beyond, givers, askers = giving.limit, giving.beyond, giving.author, asking.author
    wishes, about, days, level, accepting = asking.start, asking.key, asking.asked_days, asking.level, asking.accepts
    starts, reaches, mosts = there.start, there.reach, there.most
    others, bands, metres, keep = ways.other, ways.band, ways.metres, key.shape[1]
    for site in range(first, last):
        for offer in range(here.start[site], here.start[site + 1]):
            travel, against, unmet = offers[offer, TRAVEL], giving.against[offer], giving.unmet[offer]
            rest = offers[offer, MOST] + weights[NEXT_DAYS] + weights[MUSTS]
            least = 0
            for way in range(ways.start[site], ways.start[site + 1]):
                other, band, length = others[way], bands[way], metres[way] / 1000
                if length > reaches[other] + travel:
                    continue
                near = rest + _distance(weights, middle[band], short[band], reaches[other] + travel)
                if (near + mosts[other]) * 100 + _MARGIN < least:
                    continue
                for request in range(starts[other], starts[other + 1]):
                    hope = near + requests[request, OWN]
                    if hope * 100 + _MARGIN < least:
                        break
                    missing = max(requests[request, MISSING], 1.0)
                    milk = milk_between(offers, offer, requests, request)
                    hope += min(0.0, (milk - missing) * weights[NEXT_DAYS] / missing)
                    if unmet & plains[request] or wishes[request] == wishes[request + 1]:
                        hope -= weights[MUSTS]
                    if hope * 100 + _MARGIN < least or length > requests[request, TRAVEL] + travel:
                        continue
                    if plains[request] & (against if accepting[request] else unmet):
                        continue
                    points = worth_of(
                        offers, offer, requests, request, limit, beyond, about, days, level, wishes[request],
                        wishes[request + 1], accepting[request], weights, middle[band], short[band],
                    )  # fmt: skip
                    if points < least or givers[offer] == askers[request]:
                        continue
                    if not _is_banned(banned, offer * len(askers) + request):
                        keep_best(key, count, offer, points << POINTS_AT | (LOW - ranks[request]) << RANK_AT | band)
                        least = key[offer, 0] >> POINTS_AT if count[offer] == keep else 0


@compiled
def _distance(weights: Float64, middle: float, short: float, reach: float) -> float:
    """The most that nearness can give over a band to two who together travel so far."""
    share = min(1.0, max(0.0, 1 - middle / reach)) if reach > 0 else 0.0
    return float(weights[NEAR] * share + short)


@compiled
def _is_banned(banned: Int64, pair: int) -> bool:
    if len(banned) == 0:
        return False
    at = np.searchsorted(banned, pair)
    return bool(at < len(banned) and banned[at] == pair)


@compiled
def keep_best(heap: NDArray[np.int64], count: Int32, row: int, key: int) -> None:
    """Put a key into a row, a heap whose smallest stands first, or let it go when the row is full of greater ones."""
    size, width = count[row], heap.shape[1]
    if size < width:
        count[row] = size + 1
        at = size
        while at > 0 and heap[row, (at - 1) // 2] > key:
            heap[row, at] = heap[row, (at - 1) // 2]
            at = (at - 1) // 2
        heap[row, at] = key
        return
    if key <= heap[row, 0]:
        return
    at, small = 0, 1
    while small < width:
        if small + 1 < width and heap[row, small + 1] < heap[row, small]:
            small += 1
        if heap[row, small] >= key:
            break
        heap[row, at] = heap[row, small]
        at, small = small, 2 * small + 1
    heap[row, at] = key
