"""
The best partners of every post on both sides, among hundreds of thousands, exactly.

Posts stand in areas, and areas are few: which areas can meet, and how far apart they are, is found once
(:func:`app.geo.near.near`). Each post then looks through the areas it can meet, nearest band first, and ends as soon as
its worst kept partner is worth more than anything a farther band could hold. Equal points go to the smaller id.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.geo.areas import AreaCatalogue
from app.kernel.compiling import compiled, is_ready
from app.matching.rules.many.columns import Int8, Int32, Int64, OfferColumns, RequestColumns
from app.matching.rules.many.loops import LOW, best_offers, best_requests
from app.matching.rules.many.ready import Scale, offers_ready, requests_ready, scale
from app.matching.rules.many.rows import OfferRows, RequestRows, offer_rows, request_rows, weight_row
from app.matching.rules.many.sites import Sites, Ways, keys, sites, turned, ways_between
from app.matching.rules.rounds import Candidates
from app.matching.rules.weights import Weights

Pairs = tuple[NDArray[np.integer[Any]], NDArray[np.integer[Any]]]

_CHUNKS: Final = 64


@dataclass(frozen=True, slots=True)
class Partners:
    """Pairs with the number of the distance band between them."""

    pairs: Candidates
    band: Int8


@dataclass(frozen=True, slots=True)
class Best:
    """
    The best partners of each post, ``count`` of them, the worst first and the others in no order.

    A key holds points, then the partner's rank counted from above, then the band, so that the greater key is the
    better partner.
    """

    key: NDArray[np.int64]
    count: Int32


def best_partners(
    offers: OfferColumns, requests: RequestColumns, *, areas: AreaCatalogue, now: datetime, weights: Weights,
    keep: int = 25, banned: Pairs | None = None, threads: int = 2,
) -> Candidates:  # fmt: skip
    """
    Every pair in which the offer is among the request's best ``keep`` feasible offers, or the request among the
    offer's best ``keep`` requests, by points and then by the smaller id.

    ``banned`` are positions of offers and requests that must not meet (blocked, spent). Points are those of ``score``
    in hundredths. Rows come in no order. The number of threads changes nothing but the time.
    """
    return partners_with_bands(
        offers, requests, areas=areas, now=now, weights=weights, keep=keep, banned=banned, threads=threads
    ).pairs


def partners_with_bands(
    offers: OfferColumns, requests: RequestColumns, *, areas: AreaCatalogue, now: datetime, weights: Weights,
    keep: int = 25, banned: Pairs | None = None, threads: int = 2,
    tell: Callable[[str, int, int], None] | None = None,
) -> Partners:  # fmt: skip
    """As :func:`best_partners`, with the bands; ``tell`` hears which side is looked through, how far, of how many."""
    giving = offers_ready(offers, today=now.date(), weights=weights)
    asking = requests_ready(requests, now=now, weights=weights)
    own = asking.first_milk + asking.needed + asking.empty + asking.waited
    most = scale(weights)
    brings = giving.soon + np.where(giving.weekly, most.weekly, most.one_handoff)
    brings += np.where(np.isnan(giving.youngest), 0.0, most.like_age)
    offer_key, request_key = keys(offers.area, offers.travel), keys(requests.area, requests.travel)
    at_offers, at_requests = np.unique(offer_key), np.unique(request_key)
    offer_sites, offer_order = sites(offer_key, at_offers, giving.open, offers.travel, brings)
    request_sites, request_order = sites(request_key, at_requests, asking.open, requests.travel, own)
    ways = ways_between(areas, at_requests, request_sites, at_offers, offer_sites)
    # Posts of one site are looked through together, so they are laid side by side in memory first.
    join = _Join(
        offer_rows(giving, offer_order, brings), request_rows(asking, request_order), most,
        _banned(banned, offer_order, request_order, len(offers), len(requests)), keep, threads, tell,
    )  # fmt: skip
    of_requests = join.run("requests", best_offers, request_sites, offer_sites, ways)
    ways = turned(ways, len(at_offers))
    of_offers = join.run("offers", best_requests, offer_sites, request_sites, ways)
    found = _union(of_requests, of_offers, join.giving.rank, join.asking.rank)
    pairs = found.pairs
    return Partners(Candidates(offer_order[pairs.offer], request_order[pairs.request], pairs.points), found.band)


def _banned(pairs: Pairs | None, offer_order: Int32, request_order: Int32, offers: int, requests: int) -> Int64:
    """Pairs by their places in the layout as sorted numbers, offer above and request below."""
    if pairs is None:
        return np.empty(0, np.int64)
    offer_at, request_at = np.full(offers, -1, np.int64), np.full(requests, -1, np.int64)
    offer_at[offer_order], request_at[request_order] = np.arange(len(offer_order)), np.arange(len(request_order))
    one, other = offer_at[np.asarray(pairs[0])], request_at[np.asarray(pairs[1])]
    laid = (one >= 0) & (other >= 0)
    return np.sort(one[laid] * len(request_order) + other[laid])


def loops_are_ready() -> bool:
    """Whether the loops were compiled before on this machine."""
    return is_ready(best_offers) and is_ready(best_requests)


@dataclass(frozen=True, slots=True)
class _Join:
    giving: OfferRows
    asking: RequestRows
    most: Scale
    banned: Int64
    keep: int
    threads: int
    tell: Callable[[str, int, int], None] | None

    def run(self, what: str, look: Callable[..., None], here: Sites, there: Sites, ways: Ways) -> Best:
        """The best partners of each post of one side, the sites shared out to threads."""
        seekers = int(here.start[-1])
        best = Best(np.empty((seekers, self.keep), np.int64), np.zeros(seekers, np.int32))
        weights, middle, short = weight_row(self.most), self.most.middle, self.most.short_trip

        def part(first: int, last: int) -> None:
            look(
                self.giving, self.asking, weights, middle, short, here, there, ways, first, last, self.banned,
                best.key, best.count,
            )  # fmt: skip

        with ThreadPoolExecutor(self.threads) as pool:
            work = [(last, pool.submit(part, first, last)) for first, last in _parts(here)]
            for last, each in work:
                each.result()
                if self.tell is not None:
                    self.tell(what, int(here.start[last]), seekers)
        return best


def _parts(here: Sites) -> list[tuple[int, int]]:
    """The sites in parts of about as many posts each."""
    cuts = np.unique(np.searchsorted(here.start, np.linspace(0, here.start[-1], _CHUNKS + 1)))
    cuts[-1] = len(here.start) - 1 if len(cuts) else 0
    return list(pairwise([0, *cuts[cuts > 0].tolist()]))


def _union(of_requests: Best, of_offers: Best, offer_rank: Int32, request_rank: Int32) -> Partners:
    """Each pair once: all that requests keep, and what offers keep beyond."""
    offer_at, request_at = _positions(offer_rank), _positions(request_rank)
    offer, request, points, band = _listed(of_requests.key, of_requests.count, offer_at)
    beyond = _beyond(of_requests.key, of_requests.count, of_offers.key, of_offers.count, offer_rank, request_at)
    more_request, more_offer, more_points, more_band = _listed(of_offers.key, beyond, request_at)
    pairs = Candidates(
        np.concatenate((offer, more_offer)), np.concatenate((request, more_request)),
        np.concatenate((points, more_points)),
    )  # fmt: skip
    return Partners(pairs, np.concatenate((band, more_band)))


def _positions(rank: Int32) -> Int32:
    found = np.empty(int(rank.max(initial=-1)) + 1, np.int32)
    found[rank] = np.arange(len(rank), dtype=np.int32)
    return found


def _beyond(
    request_key: NDArray[np.int64], request_count: Int32, offer_key: NDArray[np.int64], offer_count: Int32,
    offer_rank: Int32, request_at: Int32,
) -> Int32:  # fmt: skip
    """Move to the front of each offer's row the partners that do not keep it themselves; how many those are."""
    counts = np.zeros(len(offer_count), np.int32)
    _move_front(request_key, request_count, offer_key, offer_count, offer_rank, request_at, counts)
    return counts


@compiled
def _move_front(
    request_key: NDArray[np.int64], request_count: Int32, offer_key: NDArray[np.int64], offer_count: Int32,
    offer_rank: Int32, request_at: Int32, counts: Int32,
) -> None:  # fmt: skip
    for offer in range(len(offer_count)):
        for at in range(offer_count[offer]):
            key = offer_key[offer, at]
            request = request_at[LOW - (key >> 4 & LOW)]
            mirrored = (key >> 36) << 36 | (LOW - offer_rank[offer]) << 4 | key & 15
            kept = request_count[request] < request_key.shape[1] or mirrored >= request_key[request, 0]
            if not kept:
                offer_key[offer, counts[offer]] = key
                counts[offer] += 1


def _listed(key: NDArray[np.int64], count: Int32, other_at: Int32) -> tuple[Int32, Int32, Int32, Int8]:
    """Partner, own position and points of every kept key."""
    total = int(count.sum())
    other, own, points = np.empty(total, np.int32), np.empty(total, np.int32), np.empty(total, np.int32)
    band = np.empty(total, np.int8)
    _list(key, count, other_at, other, own, points, band)
    return other, own, points, band


@compiled
def _list(
    key: NDArray[np.int64], count: Int32, other_at: Int32, other: Int32, own: Int32, points: Int32, band: Int8
) -> None:
    row = 0
    for post in range(len(count)):
        for at in range(count[post]):
            one = key[post, at]
            other[row], own[row] = other_at[LOW - (one >> 4 & LOW)], post
            points[row], band[row] = one >> 36, one & 15
            row += 1
