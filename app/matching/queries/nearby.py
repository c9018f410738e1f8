"""
Who is near: live posts within both radii, from the index of posts; only areas are ever compared.

Reads the ranges of :mod:`app.geo.index`. The straight chord between two centres decides nearly always; where a limit
lies between the chord and the longest way it may stand for, the geodesic is measured.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from math import inf, sqrt
from typing import Final

import numpy as np

from app.geo.areas import AreaId
from app.geo.distance import BANDS
from app.geo.index import (
    FIRST_RING,
    SLACK,
    Place,
    longest_way,
    longest_ways,
    own_strips,
    place_of,
    ranges,
    ring_after,
    stands_once,
)
from app.infra.areas.storage import load_catalogue
from app.kernel.quantities import Kilometres, Millilitres
from app.matching.queries.crowd import Crowd, Near
from app.matching.queries.index_rows import Reader, Row, Search, Wanted, rows_at, wanted
from app.matching.queries.known import standing
from app.matching.rules.feasible import within_reach
from app.matching.rules.many.columns import Float64
from app.matching.rules.sides import Wish
from app.posts.rules.index_bits import EVERY_MASK, mask_of, storage_mask, told_of

_SPARE: Final = 12
"""So many more than asked for are read at once, because a few may be hidden or lie just beyond the limit."""

_NOTHING: Final = Millilitres(0)
_LIMITS: Final = tuple(float(band.under_km or 0) for band in BANDS[1:-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """
    What a post must have to be found; the default asks for nothing.

    ``musts`` leave out offers that surely contradict one of them, and without ``accepts_asks`` those that surely leave
    something to ask; what is left is for the rules to judge. ``offer_bits`` leaves out requests whose musts an offer
    with these bits surely contradicts. ``least_volume`` is of all the milk of an offer, a week's of a weekly one, or
    what a request lacks. ``pumped_after`` and ``pumped_before`` are the first and the last day allowed; an offer that
    does not say is left out, and weekly milk is pumped from now on. ``storage`` empty means any.
    ``published_before`` leaves out what was published later.
    """

    musts: tuple[Wish, ...] = ()
    accepts_asks: bool = True
    offer_bits: int = 0
    least_volume: Millilitres = _NOTHING
    pumped_after: date | None = None
    pumped_before: date | None = None
    storage: frozenset[str] = frozenset()
    published_before: datetime | None = None

    @property
    def mask(self) -> int:
        """The bits that a post in the index must not have."""
        wished = mask_of(self.musts, accepts_asks=self.accepts_asks)
        return EVERY_MASK | wished | self.offer_bits | storage_mask(self.storage)


NO_FILTERS: Final = Filters()


@dataclass(frozen=True, slots=True)
class _Question:
    """Everything that reading needs to know of a search."""

    kind: str
    area: AreaId
    radius: Kilometres
    wanted: Wanted
    latitude: float
    longitude: float
    place: Place
    told: str | None
    reader: Reader


def posts_near(
    kind: str,
    area: AreaId,
    radius: Kilometres,
    *,
    filters: Filters = NO_FILTERS,
    hidden: frozenset[int] = frozenset(),
) -> list[Near]:
    """
    All live posts of ``kind`` whose area is at most ``radius`` plus their own travel radius from ``area``.

    Posts by the people in ``hidden`` are left out. Nearest band first, inside it the newest, never the nearer. Raises
    UnknownArea.
    """
    return crowd_near(kind, area, radius, filters=filters, hidden=hidden).posts()


def crowd_near(
    kind: str,
    area: AreaId,
    radius: Kilometres,
    *,
    filters: Filters = NO_FILTERS,
    hidden: frozenset[int] = frozenset(),
) -> Crowd:
    """The same as :func:`posts_near`, as one table."""
    question = _asked(kind, area, radius, filters)
    found = _in_bands(question, *standing(kind, *_search(question, within=inf).everybody(question.reader)))
    found = found.take(~np.isin(found.author, list(hidden)))
    return found.take(np.lexsort((found.post, -found.published, found.band)))


def _in_bands(question: _Question, found: Crowd, places: Float64) -> Crowd:
    """
    Those within both radii, each with its band; see :class:`_Bands`, which does it row by row.

    ``places`` are the Earth-centred places of all, row by row.
    """
    shortest = np.sqrt(((places - np.array(question.place)) ** 2).sum(axis=1))
    longest = longest_ways(shortest)
    reach = question.radius + found.travel
    band = np.searchsorted(_LIMITS, shortest - SLACK, side="right")
    doubt = (longest > reach) | (band != np.searchsorted(_LIMITS, longest, side="right"))
    areas, at = np.unique(found.area[doubt], return_inverse=True)
    lengths = load_catalogue().distances_from(question.area, areas)[at]
    band[doubt] = np.searchsorted(_LIMITS, lengths, side="right")
    kept = ~doubt
    kept[doubt] = lengths <= reach[doubt]
    order = np.where(found.area == question.area, 0, band + 1).astype(np.int8)
    return replace(found, band=order).take(kept)


def nearest(
    kind: str,
    area: AreaId,
    radius: Kilometres,
    *,
    count: int = 20,
    filters: Filters = NO_FILTERS,
    hidden: frozenset[int] = frozenset(),
) -> list[Near]:
    """
    The ``count`` nearest of :func:`posts_near`, nearest first by the chord between the centres, ties by id.

    Looks in rings of growing size until so many are proven to be the nearest. Raises UnknownArea.
    """
    question = _asked(kind, area, radius, filters)
    bands = _Bands(question)
    most = count + _SPARE + len(hidden)
    ring = 0.0 if stands_once(question.latitude, question.longitude) else FIRST_RING
    while True:
        rows = _read(question, within=ring, most=most) if ring else _read_own_centre(question, most=most)
        found = list(islice(_met(rows, bands, hidden), count))
        if len(found) == count:
            return found
        if len(rows) == most:
            most *= 4
        elif ring == inf:
            return found
        else:
            ring = ring_after(ring, len(found), count) if ring else FIRST_RING


def _met(rows: Iterable[Row], bands: "_Bands", hidden: frozenset[int]) -> Iterator[Near]:
    """Those within both radii, one by one: whoever comes after the last that is asked for is never judged."""
    for row in rows:
        if row.author_id not in hidden and (band := bands.of(row)) is not None:
            yield Near(
                row.post_id,
                band,
                AreaId(row.area_id),
                Kilometres(row.travel),
                row.author_id,
                row.published,
                row.edition,
            )


def _asked(kind: str, area: AreaId, radius: Kilometres, filters: Filters) -> _Question:
    latitude, longitude = load_catalogue().area(area).centre
    conditions = wanted(
        filters.mask,
        filters.least_volume,
        filters.pumped_after,
        filters.pumped_before,
        filters.published_before,
    )
    told = told_of(conditions.mask) if kind == "offer" else None
    place, reader = place_of(latitude, longitude), Reader.of_this_transaction()
    return _Question(kind, area, radius, conditions, latitude, longitude, place, told, reader)


class _Bands:
    """Judges rows of one search: many posts share an area, which is looked at once."""

    def __init__(self, question: _Question) -> None:
        self._area = question.area
        self._radius = question.radius
        self._known: dict[tuple[int, float], int | None] = {}

    def of(self, row: Row) -> int | None:
        """The order of the band, or None beyond both radii."""
        key = (row.area_id, row.travel)
        if key not in self._known:
            self._known[key] = self._judge(row)
        return self._known[key]

    def _judge(self, row: Row) -> int | None:
        shortest = sqrt(row.squared)
        longest = longest_way(shortest)
        shortest -= SLACK
        reach = self._radius + row.travel
        band = bisect_right(_LIMITS, shortest)
        if longest > reach or band != bisect_right(_LIMITS, longest):
            length = load_catalogue().distance(self._area, AreaId(row.area_id))
            if not within_reach(length, self._radius, Kilometres(row.travel)):
                return None
            band = bisect_right(_LIMITS, length)
        return 0 if row.area_id == self._area else band + 1


def _search(question: _Question, *, within: float) -> Search:
    """Rows of the index within both radii by the chord."""
    wanted = ranges(question.kind, question.latitude, question.longitude, question.radius, within=within)
    return Search(wanted, question.place, question.wanted, question.radius, within, question.told)


def _read(question: _Question, *, within: float, most: int) -> list[Row]:
    """So many of the nearest of them, in order."""
    return _search(question, within=within).nearest(question.reader, most)


def _read_own_centre(question: _Question, *, most: int) -> list[Row]:
    """The first by id of those at the very centre of the search; however many stand there, no more are read."""
    strips = own_strips(question.kind, question.latitude)
    return rows_at(question.reader, strips, question.longitude, question.place.z, question.wanted, most=most)
