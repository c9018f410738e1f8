"""
Who is near: live posts within both radii, from the index of posts; only areas are ever compared.

One statement reads the ranges of :mod:`app.geo.index`, the same on SQLite and PostgreSQL. The straight chord between
two centres decides nearly always; where a limit lies between the chord and the longest way it may stand for, the
geodesic is measured.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from math import inf, sqrt
from operator import itemgetter
from typing import Any, Final, NamedTuple

from app.geo.areas import AreaId
from app.geo.distance import BANDS
from app.geo.index import (
    RADIUS_CLASSES,
    RINGS,
    SLACK,
    Place,
    Range,
    longest_way,
    own_strips,
    place_of,
    ranges,
    ring_after,
    stands_once,
)
from app.infra.areas.storage import load_catalogue
from app.infra.database import db
from app.kernel.quantities import Kilometres, Millilitres
from app.matching.rules.feasible import within_reach
from app.matching.rules.sides import Wish
from app.posts.rules.index_bits import EVERY_MASK, mask_of, storage_mask

_RANGES_A_STATEMENT: Final = 200
_SIZES: Final = (4, 8, 16, 32, 64, 128, _RANGES_A_STATEMENT)
"""Numbers of ranges that statements are made for; a search with fewer repeats its last range's strip, empty."""

_SPARE: Final = 12
"""So many more than asked for are read at once, because a few may be hidden or lie just beyond the limit."""

_EVER: Final = 9e12
_FARTHEST: Final = 1e5
_NOTHING: Final = Millilitres(0)
_NOWHERE: Final = 1000.0
"""A longitude at which nobody stands."""
_LIMITS: Final = tuple(float(band.under_km or 0) for band in BANDS[1:-1])


class Near(NamedTuple):
    """
    A live post close enough to look at, with all that the index knows of it.

    ``band`` is the order of the band its area lies in, ``published`` seconds since 1970, 0 for never.
    """

    post_id: int
    band: int
    area_id: AreaId
    travel_km: Kilometres
    author_id: int
    published: float


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
    """Everything a statement needs to know of a search."""

    kind: str
    area: AreaId
    radius: Kilometres
    filters: Filters
    latitude: float
    longitude: float
    place: Place


class _Found(NamedTuple):
    post_id: int
    squared: float
    area_id: int
    travel: float
    author_id: int
    published: float


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
    question = _asked(kind, area, radius, filters)
    bands = _Bands(question)
    found = [
        (band, -row.published, row.post_id, row)
        for row in _read(question, within=inf)
        if (band := bands.of(row)) is not None and row.author_id not in hidden
    ]
    found.sort(key=itemgetter(0, 1, 2))
    return [_near(row, band) for band, _, _, row in found]


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
    ring = 0.0 if stands_once(question.latitude, question.longitude) else RINGS[0]
    while True:
        rows = _read(question, within=ring, most=most) if ring else _read_own_centre(question, most=most)
        found = [
            _near(row, band) for row in rows if row.author_id not in hidden and (band := bands.of(row)) is not None
        ]
        if len(found) >= count:
            return found[:count]
        if len(rows) == most:
            most *= 4
        elif ring == inf:
            return found
        else:
            ring = ring_after(ring, len(found), count) if ring else RINGS[0]


def _near(row: _Found, band: int) -> Near:
    return Near(row.post_id, band, AreaId(row.area_id), Kilometres(row.travel), row.author_id, row.published)


def _asked(kind: str, area: AreaId, radius: Kilometres, filters: Filters) -> _Question:
    latitude, longitude = load_catalogue().area(area).centre
    return _Question(kind, area, radius, filters, latitude, longitude, place_of(latitude, longitude))


class _Bands:
    """Judges rows of one search: many posts share an area, which is looked at once."""

    def __init__(self, question: _Question) -> None:
        self._area = question.area
        self._radius = question.radius
        self._known: dict[tuple[int, float], int | None] = {}

    def of(self, row: _Found) -> int | None:
        """The order of the band, or None beyond both radii."""
        key = (row.area_id, row.travel)
        if key not in self._known:
            self._known[key] = self._judge(row)
        return self._known[key]

    def _judge(self, row: _Found) -> int | None:
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


def _read(question: _Question, *, within: float, most: int | None = None) -> list[_Found]:
    """Rows of the index within both radii by the chord; with ``most``, so many of the nearest, in order."""
    wanted = ranges(question.kind, question.latitude, question.longitude, question.radius, within=within)
    tail = _tail(question, within, most)
    found: list[_Found] = []
    for start in range(0, len(wanted), _RANGES_A_STATEMENT):
        found += _rows(wanted[start : start + _RANGES_A_STATEMENT], tail, ordered=most is not None)
    if most is not None and len(wanted) > _RANGES_A_STATEMENT:
        found.sort(key=lambda row: (row.squared, row.post_id))
        del found[most:]
    return found


def _read_own_centre(question: _Question, *, most: int) -> list[_Found]:
    """The first by id of those at the very centre of the search; however many stand there, no more are read."""
    wanted = _wanted(question.filters)
    arms = [
        (strip, question.longitude, question.place.z, *wanted, most)
        for strip in own_strips(question.kind, question.latitude)
    ]
    found = list(_run(_own_statement(_is_sqlite()), [value for arm in arms for value in arm]))
    found.sort(key=lambda row: row.post_id)
    return found[:most]


def _wanted(filters: Filters) -> tuple[Any, ...]:
    """The values of the filters, in the order of :data:`_WANTED`."""
    before = filters.published_before
    return (
        filters.mask,
        float(filters.least_volume),
        float(filters.pumped_after.toordinal() if filters.pumped_after else 0),
        float(filters.pumped_before.toordinal() if filters.pumped_before else _EVER),
        before.timestamp() if before else _EVER,
    )


def _tail(question: _Question, within: float, most: int | None) -> tuple[Any, ...]:
    """The values that follow the ranges in the statement, in its order."""
    x, y, z = question.place
    limit = min(within, _FARTHEST) + SLACK
    reach = question.radius + SLACK
    values = (x, x, y, y, z, z, *_wanted(question.filters), reach, limit, reach, reach, limit * limit)
    return values if most is None else (*values, most)


def _rows(wanted: Sequence[Range], tail: tuple[Any, ...], *, ordered: bool) -> Iterator[_Found]:
    size = next(size for size in _SIZES if size >= len(wanted))
    spare = Range(wanted[-1].strip, _NOWHERE, _NOWHERE)
    values = [value for each in (*wanted, *[spare] * (size - len(wanted))) for value in each]
    return _run(_statement(size, _is_sqlite(), ordered), (*values, *tail))


def _is_sqlite() -> bool:
    return db.session.connection().dialect.name == "sqlite"


def _run(statement: str, values: Sequence[Any]) -> Iterator[_Found]:
    """Rows straight from the driver: a row object of the library for each would take longer than the search."""
    answer = db.session.connection().exec_driver_sql(statement, tuple(values))
    return map(_Found._make, answer.cursor.fetchall())


_WANTED: Final = (
    "(i.bits & {0}) = 0 AND i.volume_ml >= {0} AND i.pumped_from >= {0} AND i.pumped_to <= {0} AND i.published < {0}"
)


@lru_cache(maxsize=2)
def _own_statement(sqlite: bool) -> str:  # noqa: FBT001 - a cached function's plain key.
    """One arm a class, each ended by its own limit: the order of the index is the order asked for."""
    mark = "?" if sqlite else "%s"
    arm = (
        "SELECT * FROM (SELECT i.post_id, 0.0 AS squared, i.area_id, i.travel_km, i.author_id, i.published "  # noqa: S608
        f"FROM post_index AS i WHERE i.strip = {mark} AND i.longitude = {mark} AND i.z = {mark} "
        f"AND {_WANTED.format(mark)} ORDER BY i.post_id LIMIT {mark}) AS arm"
    )
    return " UNION ALL ".join([arm] * len(RADIUS_CLASSES))


@lru_cache(maxsize=4 * len(_SIZES))
def _statement(size: int, sqlite: bool, ordered: bool) -> str:  # noqa: FBT001 - a cached function's plain key.
    """
    The statement over so many ranges.

    The ranges stand as a table of values that leads the join: each is one step down the index, which holds every column
    that is read. A long OR is planned anew for each branch and reads the table for each row.
    """
    mark = "?" if sqlite else "%s"
    places = ", ".join([f"({mark}, {mark}, {mark})"] * size)
    squared = " + ".join(f"(i.{axis} - {mark}) * (i.{axis} - {mark})" for axis in "xyz")
    order = f" ORDER BY squared, post_id LIMIT {mark}" if ordered else ""
    return (
        f"WITH ranges(strip, west, east) AS (VALUES {places}) "  # noqa: S608 - only marks of values.
        "SELECT post_id, squared, area_id, travel_km, author_id, published FROM ("
        f"SELECT i.post_id, {squared} AS squared, i.area_id, i.travel_km, i.author_id, i.published "
        "FROM ranges CROSS JOIN post_index AS i "
        "WHERE i.strip = ranges.strip AND i.longitude BETWEEN ranges.west AND ranges.east "
        f"AND {_WANTED.format(mark)}) AS near "
        f"WHERE squared <= CASE WHEN travel_km + {mark} < {mark} THEN (travel_km + {mark}) * (travel_km + {mark}) "
        f"ELSE {mark} END{order}"
    )
