"""
The statements that read the index of posts, on either database, and nothing about what their rows mean.

Both databases run the same search. Only how the ranges are handed over differs: SQLite takes them as a table of values,
so there is a statement for a few sizes; PostgreSQL takes three arrays, so there is one statement however many ranges
there are. After a few uses the driver prepares it, and the server plans it once per connection: planning two hundred
values anew took longer than the search.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import chain
from typing import Any, Final, NamedTuple

import numpy as np
from sqlalchemy.engine import Connection

from app.geo.index import RADIUS_CLASSES, SLACK, Place, Range
from app.infra.database import db
from app.kernel.quantities import Kilometres, Millilitres
from app.matching.rules.many.columns import Int64
from app.posts.models import TOLD_WHERE
from app.posts.rules.index_bits import ASKING

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


PlainRow = tuple[Any, ...]
"""What a :class:`Row` holds, in its order, as the driver gives it: thousands of named rows would take a millisecond."""


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


@dataclass(frozen=True, slots=True)
class Reader:
    """The connection that one search reads over, and which of the two databases answers."""

    connection: Connection
    sqlite: bool

    @classmethod
    def of_this_transaction(cls) -> "Reader":
        """The connection of the running use-case."""
        connection = db.session.connection()
        return cls(connection, connection.dialect.name == "sqlite")

    def run(self, statement: str, values: Sequence[Any]) -> list[PlainRow]:
        """
        Rows straight from the driver: what the library does for a statement and its answer takes as long as a search.

        A failure is the library's to tell of, which knows a lost connection from a mistake: it asks once more.
        """
        cursor = self.connection.connection.cursor()
        try:
            cursor.execute(statement, tuple(values))
            return list(cursor.fetchall())
        except self.connection.dialect.loaded_dbapi.Error:
            return [tuple(row) for row in self.connection.exec_driver_sql(statement, tuple(values))]
        finally:
            cursor.close()


@dataclass(frozen=True, slots=True)
class Search:
    """
    Wanted rows of these ranges within ``radius`` plus their own travel radius and ``within`` kilometres by the chord.

    ``told`` names an attribute about which all wanted rows, which are then offers, leave nothing to ask.
    """

    ranges: Sequence[Range]
    place: Place
    wanted: Wanted
    radius: Kilometres
    within: float
    told: str | None = None

    def everybody(self, reader: Reader) -> tuple[Int64, Int64]:
        """
        The ids and, in the same order, the editions of all of them; the order itself means nothing.

        There may be thousands; whoever asks knows most of them by their edition, and each column more would cost as
        much as finding the row. The database writes the numbers into two texts, because handing over a row for each
        post takes longer than finding it.
        """
        told = self._read(reader, ())
        return _numbers(row[0] for row in told), _numbers(row[1] for row in told)

    def nearest(self, reader: Reader, most: int) -> list[Row]:
        """So many of the nearest, ties by id, in order."""
        found = list(map(Row._make, self._read(reader, (most,))))
        if len(self.ranges) > _RANGES_A_STATEMENT:
            found.sort(key=lambda row: (row.squared, row.post_id))
            del found[most:]
        return found

    def _read(self, reader: Reader, most: tuple[int, ...]) -> list[PlainRow]:
        x, y, z = self.place
        limit, reach = min(self.within, _FARTHEST) + SLACK, self.radius + SLACK
        tail = (x, x, y, y, z, z, *self.wanted, reach, limit, reach, reach, limit * limit, *most)
        if not reader.sqlite:
            columns = map(_array, zip(*self.ranges, strict=True))
            return reader.run(_statement(0, bool(most), self.told), (*columns, *tail))
        found: list[PlainRow] = []
        for start in range(0, len(self.ranges), _RANGES_A_STATEMENT):
            some = self.ranges[start : start + _RANGES_A_STATEMENT]
            size = next(size for size in _SIZES if size >= len(some))
            found += reader.run(_statement(size, bool(most), self.told), (*_values(some, size), *tail))
        return found


def rows_at(
    reader: Reader, strips: Sequence[int], longitude: float, z: float, wanted: Wanted, *, most: int
) -> list[Row]:
    """The first ``most`` wanted rows, by id, of those that stand in these strips at exactly this place."""
    values = [value for strip in strips for value in (strip, longitude, z, *wanted, most)]
    found = list(map(Row._make, reader.run(_own_statement(reader.sqlite), values)))
    found.sort(key=lambda row: row.post_id)
    return found[:most]


def _numbers(texts: Iterable[str | None]) -> Int64:
    """The whole numbers in some texts; None is a text of nobody."""
    return np.fromstring(" ".join(text for text in texts if text), np.int64, sep=" ")


def _values(ranges: Sequence[Range], size: int) -> Iterator[float]:
    spare = Range(ranges[-1].strip, _NOWHERE, _NOWHERE)
    return chain.from_iterable((*ranges, *[spare] * (size - len(ranges))))


def _array(numbers: Sequence[float]) -> str:
    """Numbers as PostgreSQL writes an array; the driver's own way looks at each of them for what to quote."""
    return f"{{{','.join(map(repr, numbers))}}}"


_BITS: Final = "({0}.bits & {1}) <= 0"
"""Not "= 0", which PostgreSQL would look at after all other conditions, though it passes over most rows."""
_OTHERS: Final = "i.volume_ml >= {0} AND i.pumped_from >= {0} AND i.pumped_to <= {0} AND i.published < {0}"


@lru_cache(maxsize=2)
def _own_statement(sqlite: bool) -> str:  # noqa: FBT001 - a cached function's plain key.
    """One arm a class, each ended by its own limit: the order of the index is the order asked for."""
    mark = "?" if sqlite else "%s"
    arm = (
        "SELECT * FROM (SELECT i.post_id, 0.0 AS squared, i.area_id, i.travel_km, i.author_id, i.published, i.edition "  # noqa: S608
        f"FROM post_index AS i WHERE i.strip = {mark} AND i.longitude = {mark} AND i.z = {mark} "
        f"AND {_BITS.format('i', mark)} AND {_OTHERS.format(mark)} ORDER BY i.post_id LIMIT {mark}) AS arm"
    )
    return " UNION ALL ".join([arm] * len(RADIUS_CLASSES))


@lru_cache(maxsize=2 * (len(ASKING) + 1) * (len(_SIZES) + 1))
def _statement(size: int, ordered: bool, told: str | None) -> str:  # noqa: FBT001 - a cached function's plain key.
    """
    The statement over so many ranges on SQLite, over any number of them on PostgreSQL for a ``size`` of 0.

    The ranges stand as a table that leads the join: each is one step down the index, which holds every column that is
    read. A long OR is planned anew for each branch and reads the table for each row. With ``told`` it is the narrow
    index of those who tell, and for the few of them that are wanted the row itself.
    """
    mark = "?" if size else "%s"
    ranges = (
        f"VALUES {', '.join([f'({mark}, {mark}, {mark})'] * size)}"
        if size
        else "SELECT * FROM unnest(%s::integer[], %s::double precision[], %s::double precision[])"
    )
    text = "group_concat({0}, ' ')" if size else "string_agg({0}::text, ' ')"
    everybody = f"{text.format('post_id')}, {text.format('edition')}"
    columns = "post_id, squared, area_id, travel_km, author_id, published, edition" if ordered else everybody
    squared = " + ".join(f"(i.{axis} - {mark}) * (i.{axis} - {mark})" for axis in "xyz")
    order = f" ORDER BY squared, post_id LIMIT {mark}" if ordered else ""
    found = _found(mark) if told is None else _told(mark, told)
    return (
        f"WITH ranges(strip, west, east) AS ({ranges}) "  # noqa: S608 - only marks of values.
        f"SELECT {columns} FROM ("
        f"SELECT i.post_id, {squared} AS squared, i.area_id, i.travel_km, i.author_id, i.published, i.edition "
        f"FROM ranges CROSS JOIN {found} AND {_OTHERS.format(mark)}) AS near "
        f"WHERE squared <= CASE WHEN travel_km + {mark} < {mark} THEN (travel_km + {mark}) * (travel_km + {mark}) "
        f"ELSE {mark} END{order}"
    )


_IN_RANGE: Final = "{0}.strip = ranges.strip AND {0}.longitude BETWEEN ranges.west AND ranges.east AND {1}"


def _found(mark: str) -> str:
    return f"post_index AS i WHERE {_IN_RANGE.format('i', _BITS.format('i', mark))}"


def _told(mark: str, attribute: str) -> str:
    """
    The narrow index of those who tell about one attribute, and the row of each that comes through.

    PostgreSQL thinks it shorter to read that index whole and compare each row with the ranges; OFFSET 0 forbids it.
    """
    in_range = _IN_RANGE.format("t", _BITS.format("t", mark))
    where = TOLD_WHERE.format(of="t.", bit=ASKING[attribute])
    if mark == "?":
        named = f"post_index AS t INDEXED BY ix_post_index_told_{attribute} CROSS JOIN post_index AS i"
        return f"{named} WHERE i.post_id = t.post_id AND {in_range} AND {where}"
    walked = f"SELECT t.post_id FROM post_index AS t WHERE {in_range} AND {where} OFFSET 0"  # noqa: S608 - no values.
    return f"LATERAL ({walked}) AS t CROSS JOIN post_index AS i WHERE i.post_id = t.post_id"
