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
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.geo.areas import AreaCatalogue
from app.geo.distance import BANDS, band_orders
from app.geo.near import Centres, Near, near
from app.kernel.compiling import compiled
from app.matching.rules.many.columns import Bools, Float64, Int8, Int32, Int64, OfferColumns, RequestColumns
from app.matching.rules.many.worth import (
    NOT_FEASIBLE,
    OffersReady,
    RequestsReady,
    Scale,
    offers_laid,
    offers_ready,
    requests_laid,
    requests_ready,
    scale,
    worth,
)
from app.matching.rules.rounds import Candidates
from app.matching.rules.weights import Weights

Pairs = tuple[NDArray[np.integer[Any]], NDArray[np.integer[Any]]]

_CHUNKS: Final = 64
_TRAVEL_CLASSES: Final = (10.0, 25.0, 60.0, 120.0)
_CLASSES: Final = len(_TRAVEL_CLASSES) + 1
_GROUNDS: Final = 12
_MARGIN: Final = 2
_LOW: Final = 0xFFFFFFFF


class Sites(NamedTuple):
    """Posts of one side by site (area): those of a site lie between two of ``start``, ``reach`` the farthest travels,
    ``most`` is the most points that one of them brings by itself.
    """

    start: Int64
    reach: Float64
    most: Float64


class Ways(NamedTuple):
    """From each site of one side to those of the other it can meet: nearest band first."""

    start: Int64
    other: Int32
    metres: Int32
    band: Int8


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
    base = asking.first_milk + asking.needed + asking.empty + asking.waited
    offer_key, request_key = _keys(offers.area, offers.travel), _keys(requests.area, requests.travel)
    at_offers, at_requests = np.unique(offer_key), np.unique(request_key)
    offer_sites, offer_order = _sites(offer_key, at_offers, giving.open, offers.travel, giving.soon)
    request_sites, request_order = _sites(request_key, at_requests, asking.open, requests.travel, base)
    ways = _ways(areas, at_requests, request_sites, at_offers, offer_sites)
    back = _turned(ways, len(at_offers))
    # Posts of one area are looked through together, so they are laid side by side in memory first.
    giving, asking = offers_laid(giving, offer_order), requests_laid(asking, request_order)
    forbidden = _banned(banned, offer_order, request_order, len(offers), len(requests))
    join = _Join(giving, asking, scale(weights), base[request_order], forbidden, keep, threads, tell)
    of_requests = join.run("requests", request_sites, offer_sites, ways, reverse=False)
    of_offers = join.run("offers", offer_sites, request_sites, back, reverse=True)
    found = _union(of_requests, of_offers, giving.rank, asking.rank)
    pairs = found.pairs
    return Partners(Candidates(offer_order[pairs.offer], request_order[pairs.request], pairs.points), found.band)


def _keys(area: Int32, travel: Float64) -> Int64:
    """Area and class of travel as one number: far travellers, being few, widen nobody's search."""
    keys: Int64 = area.astype(np.int64) * _CLASSES + np.searchsorted(_TRAVEL_CLASSES, travel)
    return keys


def _sites(area: Int64, known: Int64, usable: Bools, travel: Float64, most: Float64) -> tuple[Sites, Int32]:
    """Sites over the usable posts laid out by site, those that travel farthest first; and that layout's positions."""
    rows = np.flatnonzero(usable)
    site = np.searchsorted(known, area[rows])
    order = np.lexsort((rows, -travel[rows], site))
    start = np.searchsorted(site[order], np.arange(len(known) + 1)).astype(np.int64)
    reach, best = np.full(len(known), -1.0), np.full(len(known), -np.inf)
    np.maximum.at(reach, site, travel[rows])
    np.maximum.at(best, site, most[rows])
    return Sites(start, reach, best), rows[order].astype(np.int32)


def _ways(areas: AreaCatalogue, seeking: Int64, seekers: Sites, found: Int64, others: Sites) -> Ways:
    joined = near(_centres(areas, seeking, seekers), _centres(areas, found, others))
    seeker = np.repeat(np.arange(len(seeking)), np.diff(joined.start))
    same = seeking[seeker] // _CLASSES == found[joined.other] // _CLASSES
    band = np.where(same, 0, band_orders(joined.metres / 1000)).astype(np.int8)
    return _by_band(joined, seeker, band)


def _by_band(joined: Near, seeker: NDArray[np.intp], band: Int8) -> Ways:
    order = np.argsort(seeker * len(BANDS) + band, kind="stable")
    return Ways(joined.start, joined.other[order], joined.metres[order], band[order])


def _centres(areas: AreaCatalogue, ids: Int64, sites: Sites) -> Centres:
    # A site without an open post has a reach below zero and meets nobody.
    return Centres(
        areas.latitude[ids // _CLASSES - 1],
        areas.longitude[ids // _CLASSES - 1],
        np.where(sites.reach < 0, -1e9, sites.reach),
    )


def _turned(ways: Ways, count: int) -> Ways:
    """The same ways from the other side."""
    seeker = np.repeat(np.arange(len(ways.start) - 1, dtype=np.int32), np.diff(ways.start))
    order = np.argsort(ways.other.astype(np.int64) * len(BANDS) + ways.band, kind="stable")
    start = np.searchsorted(ways.other[order], np.arange(count + 1)).astype(np.int64)
    return Ways(start, seeker[order], ways.metres[order], ways.band[order])


def _banned(pairs: Pairs | None, offer_order: Int32, request_order: Int32, offers: int, requests: int) -> Int64:
    """Pairs by their places in the layout as sorted numbers, offer above and request below."""
    if pairs is None:
        return np.empty(0, np.int64)
    offer_at, request_at = np.full(offers, -1, np.int64), np.full(requests, -1, np.int64)
    offer_at[offer_order], request_at[request_order] = np.arange(len(offer_order)), np.arange(len(request_order))
    one, other = offer_at[np.asarray(pairs[0])], request_at[np.asarray(pairs[1])]
    laid = (one >= 0) & (other >= 0)
    return np.sort(one[laid] * len(request_order) + other[laid])


@dataclass(frozen=True, slots=True)
class _Join:
    giving: OffersReady
    asking: RequestsReady
    most: Scale
    base: Float64
    banned: Int64
    keep: int
    threads: int
    tell: Callable[[str, int, int], None] | None

    def run(self, what: str, here: Sites, there: Sites, ways: Ways, *, reverse: bool) -> Best:
        """The best partners of each post of one side, the sites shared out to threads."""
        seekers = int(here.start[-1])
        best = Best(np.empty((seekers, self.keep), np.int64), np.zeros(seekers, np.int32))
        cuts = np.unique(np.searchsorted(here.start, np.linspace(0, here.start[-1], _CHUNKS + 1)))
        cuts[-1] = len(here.start) - 1 if len(cuts) else 0
        parts = list(pairwise([0, *cuts[cuts > 0].tolist()]))
        done = 0
        with ThreadPoolExecutor(self.threads) as pool:
            work = [pool.submit(self._part, here, there, ways, best, part, reverse) for part in parts]
            for part, each in zip(parts, work, strict=True):
                each.result()
                done = int(here.start[part[1]])
                if self.tell is not None:
                    self.tell(what, done, int(here.start[-1]))
        return best

    def _part(self, here: Sites, there: Sites, ways: Ways, best: Best, part: tuple[int, int], reverse: bool) -> None:  # noqa: FBT001
        look = _best_requests if reverse else _best_offers
        look(
            self.giving, self.asking, self.most, self.base, here, there, ways, part[0], part[1], self.banned,
            best.key, best.count,
        )  # fmt: skip


@compiled
def _best_offers(
    giving: OffersReady, asking: RequestsReady, most: Scale, base: Float64, here: Sites, there: Sites, ways: Ways,
    first: int, last: int, banned: Int64, key: NDArray[np.int64], count: Int32,
) -> None:  # fmt: skip
    """Fill the rows of the requests that stand in the sites from ``first`` to before ``last``."""
    keep, out, ranks = key.shape[1], np.empty(_GROUNDS), len(asking.travel)
    for site in range(first, last):
        for request in range(here.start[site], here.start[site + 1]):
            own, travel = base[request], asking.travel[request]
            rest = own + _most_else(asking, most, request)
            for way in range(ways.start[site], ways.start[site + 1]):
                other, band, length = ways.other[way], ways.band[way], ways.metres[way] / 1000
                if length > there.reach[other] + travel:
                    continue
                if count[request] == keep:
                    hope = rest + there.most[other] + _distance(most, band, there.reach[other] + travel)
                    if hope * 100 + _MARGIN < key[request, 0] >> 36:
                        if rest + most.soon + _distance(most, band, 1e12) < (key[request, 0] >> 36) / 100 - 0.02:
                            break
                        continue
                for offer in range(there.start[other], there.start[other + 1]):
                    if length > giving.travel[offer] + travel:
                        break
                    least = key[request, 0] >> 36 if count[request] == keep else 0
                    points = worth(giving, asking, most, offer, request, ways.metres[way], band, least, out)
                    if points == NOT_FEASIBLE or _is_banned(banned, offer * ranks + request):
                        continue
                    _keep(key[request], count, request, points << 36 | (_LOW - giving.rank[offer]) << 4 | band)


@compiled
def _best_requests(
    giving: OffersReady, asking: RequestsReady, most: Scale, base: Float64, here: Sites, there: Sites, ways: Ways,
    first: int, last: int, banned: Int64, key: NDArray[np.int64], count: Int32,
) -> None:  # fmt: skip
    """Fill the rows of the offers that stand in the sites from ``first`` to before ``last``."""
    keep, out, ranks = key.shape[1], np.empty(_GROUNDS), len(asking.travel)
    for site in range(first, last):
        for offer in range(here.start[site], here.start[site + 1]):
            travel = giving.travel[offer]
            rest = giving.soon[offer] + most.next_days + most.musts + most.like_age
            rest += most.weekly if giving.weekly[offer] else most.one_handoff
            for way in range(ways.start[site], ways.start[site + 1]):
                other, band, length = ways.other[way], ways.band[way], ways.metres[way] / 1000
                if length > there.reach[other] + travel:
                    continue
                near_by = rest + _distance(most, band, there.reach[other] + travel)
                worst = key[offer, 0] >> 36
                if count[offer] == keep and (near_by + there.most[other]) * 100 + _MARGIN < worst:
                    continue
                for request in range(there.start[other], there.start[other + 1]):
                    if length > asking.travel[request] + travel:
                        break
                    if count[offer] == keep and (near_by + base[request]) * 100 + _MARGIN < key[offer, 0] >> 36:
                        continue
                    least = key[offer, 0] >> 36 if count[offer] == keep else 0
                    points = worth(giving, asking, most, offer, request, ways.metres[way], band, least, out)
                    if points == NOT_FEASIBLE or _is_banned(banned, offer * ranks + request):
                        continue
                    _keep(key[offer], count, offer, points << 36 | (_LOW - asking.rank[request]) << 4 | band)


@compiled
def _most_else(asking: RequestsReady, most: Scale, request: int) -> float:
    """The most that grounds other than distance, its own and the offer's can give a request."""
    sole = most.one_handoff
    sole = max(sole, most.weekly)
    musts = most.musts if asking.start[request] < asking.start[request + 1] else 0.0
    return most.next_days + musts + sole + most.like_age


@compiled
def _distance(most: Scale, band: int, reach: float) -> float:
    """The most that nearness can give over a band to two who together travel so far."""
    share = min(1.0, max(0.0, 1 - most.middle[band] / reach)) if reach > 0 else 0.0
    return float(most.near * share + most.short_trip[band])


@compiled
def _is_banned(banned: Int64, pair: int) -> bool:
    if len(banned) == 0:
        return False
    at = np.searchsorted(banned, pair)
    return bool(at < len(banned) and banned[at] == pair)


@compiled
def _keep(heap: NDArray[np.int64], count: Int32, row: int, key: int) -> None:
    """Put a key into a heap whose smallest stands first, or let it go when the heap is full of greater ones."""
    size = count[row]
    if size < len(heap):
        heap[size] = key
        count[row] = size + 1
        at = size
        while at > 0 and heap[(at - 1) // 2] > heap[at]:
            above = (at - 1) // 2
            heap[above], heap[at] = heap[at], heap[above]
            at = above
        return
    if key <= heap[0]:
        return
    heap[0] = key
    at = 0
    while True:
        small = 2 * at + 1
        if small >= len(heap):
            return
        if small + 1 < len(heap) and heap[small + 1] < heap[small]:
            small += 1
        if heap[small] >= heap[at]:
            return
        heap[small], heap[at] = heap[at], heap[small]
        at = small


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


@compiled
def _beyond(
    request_key: NDArray[np.int64], request_count: Int32, offer_key: NDArray[np.int64], offer_count: Int32,
    offer_rank: Int32, request_at: Int32,
) -> Int32:  # fmt: skip
    """Move to the front of each offer's row the partners that do not keep it themselves; how many those are."""
    counts = np.zeros(len(offer_count), np.int32)
    for offer in range(len(offer_count)):
        for at in range(offer_count[offer]):
            key = offer_key[offer, at]
            request = request_at[_LOW - (key >> 4 & _LOW)]
            mirrored = (key >> 36) << 36 | (_LOW - offer_rank[offer]) << 4 | key & 15
            kept = request_count[request] < request_key.shape[1] or mirrored >= request_key[request, 0]
            if not kept:
                offer_key[offer, counts[offer]] = key
                counts[offer] += 1
    return counts


@compiled
def _listed(key: NDArray[np.int64], count: Int32, other_at: Int32) -> tuple[Int32, Int32, Int32, Int8]:
    """Partner, own position and points of every kept key."""
    total = count.sum()
    other, own, points = np.empty(total, np.int32), np.empty(total, np.int32), np.empty(total, np.int32)
    band = np.empty(total, np.int8)
    row = 0
    for post in range(len(count)):
        for at in range(count[post]):
            one = key[post, at]
            other[row], own[row] = other_at[_LOW - (one >> 4 & _LOW)], post
            points[row], band[row] = one >> 36, one & 15
            row += 1
    return other, own, points, band
