"""
Other ways to find the best 20: PostGIS as one would write it and at its best, scipy's trees, and comparing everybody.

Each answers the same question as :func:`app.matching.queries.nearby.nearest`, with the same bits of diet and the same
filters, from offers alone.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import psycopg
from scipy.spatial import cKDTree

from app.geo.index import RADIUS_CLASSES, SLACK, place_of, radius_class_of
from app.infra.areas.storage import load_catalogue
from tests.bench.exactness import COUNT, Everybody
from tests.bench.world import Question, World

Answer = Callable[[Question], list[int]]

_NAIVE: Final = """
SELECT id FROM gis_offers, (SELECT ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography AS here) AS q
WHERE ST_DWithin(spot, here, (travel_km + %s) * 1000) AND (bits & %s) = 0 AND id <> %s
ORDER BY ST_Distance(spot, here), id LIMIT 20
"""
_ARM: Final = """
(SELECT id, ST_3DDistance(place, {here}) AS chord FROM gis_offers
 WHERE class = {number} AND place &&& ST_Expand({here}, %(r{number})s) AND (bits & %(mask)s) = 0 AND id <> %(me)s
 AND ST_3DDistance(place, {here}) <= travel_km + %(radius)s
 ORDER BY place <<->> {here} LIMIT 20)
"""
_HERE: Final = "ST_MakePoint(%(x)s, %(y)s, %(z)s)"
_BEST: Final = (
    " UNION ALL ".join(_ARM.format(number=number, here=_HERE) for number in range(len(RADIUS_CLASSES)))
    + " ORDER BY chord, id LIMIT 20"
)


def fill_postgis(connection: psycopg.Connection[Any], world: World) -> None:
    """The offers as geographies and as points in space, with an index for each: one for each class of the latter."""
    offers = np.flatnonzero(world.of("is_offer"))
    connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    connection.execute("DROP TABLE IF EXISTS gis_offers")
    connection.execute(
        "CREATE TABLE gis_offers (id int PRIMARY KEY, travel_km float8, bits bigint, class int, lon float8, lat float8,"
        " x float8, y float8, z float8, spot geography(Point, 4326), place geometry(PointZ))"
    )
    names = ("post_id", "travel_km", "bits", "longitude", "latitude", "x", "y", "z")
    rows = zip(*(world.of(name)[offers].tolist() for name in names), strict=True)
    with connection.cursor() as cursor:
        with cursor.copy("COPY gis_offers (id, travel_km, bits, lon, lat, x, y, z, class) FROM STDIN") as copy:
            for row in rows:
                copy.write_row((*row, radius_class_of(row[1])))
        cursor.execute(
            "UPDATE gis_offers SET spot = ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geography,"
            " place = ST_MakePoint(x, y, z)"
        )
    connection.execute("CREATE INDEX gis_spot ON gis_offers USING gist (spot)")
    for number in range(len(RADIUS_CLASSES)):
        connection.execute(
            f"CREATE INDEX gis_place_{number} ON gis_offers USING gist (place gist_geometry_ops_nd)"
            f" WHERE class = {number}"
        )
    connection.execute("VACUUM ANALYZE gis_offers")


def postgis_naive(connection: psycopg.Connection[Any]) -> Answer:
    """``ST_DWithin(o, r, o.radius + r.radius)``: no index can serve a radius that differs from row to row."""

    def answer(question: Question) -> list[int]:
        latitude, longitude = load_catalogue().area(question.area).centre
        values = (longitude, latitude, question.radius, question.filters.mask, question.seeker)
        return [row[0] for row in connection.execute(_NAIVE, values)]

    return answer


def postgis_best(connection: psycopg.Connection[Any]) -> Answer:
    """The nearest by ``<<->>`` in three dimensions, from an index for each radius class bounded by its reach."""

    def answer(question: Question) -> list[int]:
        x, y, z = place_of(*load_catalogue().area(question.area).centre)
        values = {"x": x, "y": y, "z": z, "mask": question.filters.mask, "me": question.seeker,
                  "radius": question.radius}  # fmt: skip
        values |= {f"r{number}": question.radius + limit for number, limit in enumerate(RADIUS_CLASSES)}
        return [row[0] for row in connection.execute(_BEST, values)]

    return answer


def everybody(world: World) -> Answer:
    """Compare with every offer."""
    all_offers = Everybody(world)
    return lambda question: all_offers.within(question)[0][:COUNT].tolist()


class Trees:
    """A tree of points in space for each radius class, in memory."""

    def __init__(self, world: World) -> None:
        classes = np.searchsorted(RADIUS_CLASSES, world.of("travel_km"))
        points = np.stack([world.of(axis) for axis in "xyz"], axis=1)
        self._world = world
        self._rows = [
            np.flatnonzero(world.of("is_offer") & (classes == number)) for number in range(len(RADIUS_CLASSES))
        ]
        self._trees = [cKDTree(points[rows]) if len(rows) else None for rows in self._rows]

    def answer(self, question: Question) -> list[int]:
        """The best of each class, with ever more neighbours until enough pass the filters."""
        here = np.array(place_of(*load_catalogue().area(question.area).centre))
        found = [
            self._of_class(tree, rows, limit, here, question)
            for tree, rows, limit in zip(self._trees, self._rows, RADIUS_CLASSES, strict=True)
            if tree is not None
        ]
        chords, ids = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return ids[np.lexsort((ids, chords))][:COUNT].tolist()

    def _of_class(self, tree: Any, rows: np.ndarray, limit: float, here: np.ndarray, question: Question) -> Any:
        many = 64
        while True:
            reach = question.radius + limit + SLACK
            chords, at = tree.query(here, k=min(many, len(rows)), distance_upper_bound=reach)
            chords, at = np.atleast_1d(chords), np.atleast_1d(at)
            some = rows[at[np.isfinite(chords)]]
            near = chords[np.isfinite(chords)]
            of = self._world.of
            passed = (near <= question.radius + of("travel_km")[some]) & (of("bits")[some] & question.filters.mask == 0)
            passed &= of("post_id")[some] != question.seeker
            if passed.sum() >= COUNT or len(some) < many:
                return near[passed], of("post_id")[some][passed]
            many *= 4
