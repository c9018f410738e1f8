"""
The statements that read the index of posts, on either database, and nothing about what their rows mean.

Both databases run the same search. Only how the ranges are handed over differs: SQLite takes them as a table of values,
so there is a statement for a few sizes; PostgreSQL takes three arrays, so there is one statement however many ranges
there are. After a few uses the driver prepares it, and the server plans it once per connection: planning two hundred
values anew took longer than the search.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from app.geo.index import RADIUS_CLASSES, SLACK, Place, Range
from app.infra.database import db
from app.kernel.quantities import Kilometres, Millilitres

_RANGES_A_STATEMENT: Final = 200
_SIZES: Final = (4, 8, 16, 32, 64, 128, _RANGES_A_STATEMENT)
"""Numbers of ranges that statements for SQLite are made for; with fewer, the last range's strip repeats, empty."""

_EVER: Final = 9e12
_FARTHEST: Final = 1e5
_NOWHERE: Final = 1000.0
"""A longitude at which nobody stands."""


class Row(NamedTuple):
    """A row of the index, and the square of the chord to the centre of the search in square kilometres."""

    post_id: int
    squared: float
    area_id: int
    travel: float
    author_id: int
    published: float
    edition: int


class Wanted(NamedTuple):
    """What a row must have, as the statements take it: see :func:`wanted`."""

    mask: int
    volume: float
    pumped_from: float
    pumped_to: float
    published: float


def wanted(
    mask: int,
    least_volume: Millilitres,
    pumped_after: date | None,
    pumped_before: date | None,
    published_before: datetime | None,
) -> Wanted:
    """Conditions on rows; what is None is no condition. ``mask`` are the bits that a row must not have."""
    return Wanted(
        mask,
        float(least_volume),
        float(pumped_after.toordinal() if pumped_after else 0),
        float(pumped_before.toordinal() if pumped_before else _EVER),
        published_before.timestamp() if published_before else _EVER,
    )


def rows_in(
    ranges: Sequence[Range], place: Place, wanted: Wanted, *, radius: Kilometres, within: float, most: int | None
) -> list[Row]:
    """
    Wanted rows of these ranges within ``radius`` plus their own travel radius and ``within`` kilometres by the chord.

    With ``most``, so many of the nearest, ties by id, in order; else all of them in no order.
    """
    x, y, z = place
    limit = min(within, _FARTHEST) + SLACK
    reach = radius + SLACK
    tail = (x, x, y, y, z, z, *wanted, reach, limit, reach, reach, limit * limit, *(() if most is None else (most,)))
    if not _is_sqlite():
        return _run(_statement(0, most is not None), (*map(_array, zip(*ranges, strict=True)), *tail))
    found: list[Row] = []
    for start in range(0, len(ranges), _RANGES_A_STATEMENT):
        found += _sqlite_rows(ranges[start : start + _RANGES_A_STATEMENT], tail, ordered=most is not None)
    if most is not None and len(ranges) > _RANGES_A_STATEMENT:
        found.sort(key=lambda row: (row.squared, row.post_id))
        del found[most:]
    return found


def rows_at(strips: Sequence[int], longitude: float, z: float, wanted: Wanted, *, most: int) -> list[Row]:
    """The first ``most`` wanted rows, by id, of those that stand in these strips at exactly this place."""
    values = [value for strip in strips for value in (strip, longitude, z, *wanted, most)]
    found = _run(_own_statement(_is_sqlite()), values)
    found.sort(key=lambda row: row.post_id)
    return found[:most]


def _sqlite_rows(ranges: Sequence[Range], tail: Sequence[Any], *, ordered: bool) -> list[Row]:
    size = next(size for size in _SIZES if size >= len(ranges))
    spare = Range(ranges[-1].strip, _NOWHERE, _NOWHERE)
    values = [value for each in (*ranges, *[spare] * (size - len(ranges))) for value in each]
    return _run(_statement(size, ordered), (*values, *tail))


def _array(numbers: Sequence[float]) -> str:
    """Numbers as PostgreSQL writes an array; the driver's own way looks at each of them for what to quote."""
    return f"{{{','.join(map(repr, numbers))}}}"


def _is_sqlite() -> bool:
    return db.session.connection().dialect.name == "sqlite"


def _run(statement: str, values: Sequence[Any]) -> list[Row]:
    """Rows straight from the driver: a row object of the library for each would take longer than the search."""
    answer = db.session.connection().exec_driver_sql(statement, tuple(values))
    return list(map(Row._make, answer.cursor.fetchall()))


_WANTED: Final = (
    "(i.bits & {0}) = 0 AND i.volume_ml >= {0} AND i.pumped_from >= {0} AND i.pumped_to <= {0} AND i.published < {0}"
)


@lru_cache(maxsize=2)
def _own_statement(sqlite: bool) -> str:  # noqa: FBT001 - a cached function's plain key.
    """One arm a class, each ended by its own limit: the order of the index is the order asked for."""
    mark = "?" if sqlite else "%s"
    arm = (
        "SELECT * FROM (SELECT i.post_id, 0.0 AS squared, i.area_id, i.travel_km, i.author_id, i.published, i.edition "  # noqa: S608
        f"FROM post_index AS i WHERE i.strip = {mark} AND i.longitude = {mark} AND i.z = {mark} "
        f"AND {_WANTED.format(mark)} ORDER BY i.post_id LIMIT {mark}) AS arm"
    )
    return " UNION ALL ".join([arm] * len(RADIUS_CLASSES))


@lru_cache(maxsize=4 * len(_SIZES))
def _statement(size: int, ordered: bool) -> str:  # noqa: FBT001 - a cached function's plain key.
    """
    The statement over so many ranges on SQLite, over any number of them on PostgreSQL for a ``size`` of 0.

    The ranges stand as a table that leads the join: each is one step down the index, which holds every column that is
    read. A long OR is planned anew for each branch and reads the table for each row.
    """
    mark = "?" if size else "%s"
    ranges = (
        f"VALUES {', '.join([f'({mark}, {mark}, {mark})'] * size)}"
        if size
        else "SELECT * FROM unnest(%s::integer[], %s::double precision[], %s::double precision[])"
    )
    squared = " + ".join(f"(i.{axis} - {mark}) * (i.{axis} - {mark})" for axis in "xyz")
    order = f" ORDER BY squared, post_id LIMIT {mark}" if ordered else ""
    return (
        f"WITH ranges(strip, west, east) AS ({ranges}) "  # noqa: S608 - only marks of values.
        "SELECT post_id, squared, area_id, travel_km, author_id, published, edition FROM ("
        f"SELECT i.post_id, {squared} AS squared, i.area_id, i.travel_km, i.author_id, i.published, i.edition "
        "FROM ranges CROSS JOIN post_index AS i "
        "WHERE i.strip = ranges.strip AND i.longitude BETWEEN ranges.west AND ranges.east "
        f"AND {_WANTED.format(mark)}) AS near "
        f"WHERE squared <= CASE WHEN travel_km + {mark} < {mark} THEN (travel_km + {mark}) * (travel_km + {mark}) "
        f"ELSE {mark} END{order}"
    )
