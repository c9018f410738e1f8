"""Who is near: live posts within both radii, from the index of posts; only areas are ever compared."""

from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy import Row, TextClause, text

from app.geo.areas import AreaId
from app.geo.distance import band_orders
from app.geo.index import Window, windows
from app.infra.areas.storage import load_catalogue
from app.infra.database import db
from app.kernel.quantities import Kilometres

_RANGES_A_STATEMENT: Final = 200


class Near(NamedTuple):
    """A live post close enough to look at; ``band`` is the order of the band its area lies in."""

    post_id: int
    band: int


def posts_near(kind: str, area: AreaId, radius: Kilometres, *, hidden: frozenset[int] = frozenset()) -> list[Near]:
    """
    Live posts of ``kind`` whose area is at most ``radius`` plus their own travel radius from ``area``.

    Posts by the people in ``hidden`` and by closed accounts are left out. Nearest band first, inside it the newest,
    never the nearer. Raises UnknownArea.
    """
    centre = load_catalogue().area(area).centre
    rows = [row for row in _in_windows(kind, windows(*centre, radius)) if row[3] not in hidden]
    if not rows:
        return []
    ids, areas, travel, _, published = (np.array(column) for column in zip(*rows, strict=True))
    lengths = _lengths(area, areas)
    bands = np.where(areas == area, 0, band_orders(lengths))
    reached = np.flatnonzero(lengths <= radius + travel)
    ordered = reached[np.lexsort((ids[reached], -published[reached], bands[reached]))]
    return list(map(Near, ids[ordered].tolist(), bands[ordered].tolist()))


def _lengths(area: AreaId, areas: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Kilometres to each of these areas; many posts share one, which is measured once."""
    different, place = np.unique(areas, return_inverse=True)
    return load_catalogue().distances_from(area, different.astype(np.int32))[place]


def _in_windows(kind: str, ranges: list[Window]) -> list[Row[*tuple[Any, ...]]]:
    """Id, area, travel, author and time of publishing of each post in the ranges; a far search near a pole has more
    ranges than one statement may hold.
    """
    found: list[Row[*tuple[Any, ...]]] = []
    for start in range(0, len(ranges), _RANGES_A_STATEMENT):
        some = ranges[start : start + _RANGES_A_STATEMENT]
        values: dict[str, object] = {"kind": kind}
        for number, window in enumerate(some):
            values |= {
                f"c{number}": window.radius_class,
                f"b{number}": window.band,
                f"w{number}": window.west,
                f"e{number}": window.east,
            }
        found += db.session.execute(_reading(len(some)), values).all()
    return found


@lru_cache(maxsize=_RANGES_A_STATEMENT)
def _reading(ranges: int) -> TextClause:
    """
    The statement over so many ranges.

    The ranges stand as a table of values that leads the join: each is one step down the index, which holds every column
    that is read. A long OR is planned anew for each branch and reads the table for each row.
    """
    places = ", ".join(f"(:c{number}, :b{number}, :w{number}, :e{number})" for number in range(ranges))
    return text(
        f"WITH ranges(radius_class, band, west, east) AS (VALUES {places}) "  # noqa: S608 - only names of parameters.
        "SELECT i.post_id, i.area_id, i.travel_km, i.author_id, i.published FROM ranges CROSS JOIN post_index AS i "
        "JOIN users AS u ON u.id = i.author_id "
        "WHERE i.kind = :kind AND i.radius_class = ranges.radius_class AND i.band = ranges.band "
        "AND i.longitude BETWEEN ranges.west AND ranges.east AND u.active"
    )
