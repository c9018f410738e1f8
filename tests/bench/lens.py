"""
Where two may meet: how long the lens of both travel discs takes, and finding the fairest public places inside it.

The lens beside the same shape with every corner measured by itself; the search beside looking at all places with the
same Shapely, held in memory as arrays, and beside Shapely's own tree. Those two go by the drawn lens, whose edge has
corners, and ours by the lengths of the ways, so now and then an answer differs at the edge: how often stands last.
``python -m tests.bench.lens [places …]`` prints the tables alone.
"""

import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import shapely
from pyproj import Proj
from sqlalchemy import delete, insert

from app.dev.demo.bulk import homes
from app.geo.areas import AreaId
from app.geo.distance import TRAVEL_KM, geodesic, wgs84
from app.geo.lens import meeting_ground
from app.geo.meeting import discs_of, ways_to
from app.handoffs.models import SafePlace
from app.handoffs.queries.ground import places_within
from app.handoffs.rules.ground import Reached, fairest
from app.handoffs.rules.safe_places import PER_DEGREE, Kind, strip_of
from app.infra.areas.storage import load_catalogue
from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.quantities import Kilometres
from app.web.maps import pair_map
from tests.bench.community import NOW
from tests.bench.exactness import applications
from tests.bench.figures import in_turn, load, milliseconds_of_cpu, percentiles, table

SIZES: Final = (10_000, 100_000, 1_000_000)
PAIRS: Final = 200
SLOW: Final = 20
"""Pairs asked of what looks at every place."""
PASSES: Final = 3
KINDS: Final = tuple(Kind)
AROUND_A_TOWN: Final = 0.03
"""Degrees by which places are strewn around the middles of areas."""
_ROWS_AT_ONCE: Final = 20_000
_CORNERS: Final = 72


@dataclass(frozen=True, slots=True)
class Pair:
    """Two areas that lie near each other, and two travel radii."""

    a: Any
    a_km: Kilometres
    b: Any
    b_km: Kilometres
    apart: Kilometres

    @property
    def discs(self) -> Any:
        """Both travel discs."""
        return discs_of(self.a, self.a_km, self.b, self.b_km)


def pairs(many: int, seed: int) -> list[Pair]:
    """Pairs of areas whose discs meet, drawn like the homes of the large community."""
    dice, catalogue = np.random.default_rng(seed), load_catalogue()
    found: list[Pair] = []
    for home in homes(many * 4, seed):
        a = catalogue.area(AreaId(int(home)))
        b = catalogue.area(AreaId(int(dice.choice(catalogue.areas_within(a.id, Kilometres(60))))))
        one, other = (Kilometres(float(dice.choice(TRAVEL_KM[1:]))) for _ in range(2))
        apart = catalogue.distance(a.id, b.id)
        if apart < one + other:
            found.append(Pair(a, one, b, other, apart))
        if len(found) == many:
            break
    return found


def corner_by_corner(pair: Pair) -> Any:
    """The same lens, each corner of both circles by a call of its own."""
    azimuth, _, metres = wgs84().inv(pair.a.longitude, pair.a.latitude, pair.b.longitude, pair.b.latitude)
    longitude, latitude, _ = wgs84().fwd(pair.a.longitude, pair.a.latitude, azimuth, metres / 2)
    plane = Proj(proj="aeqd", lat_0=latitude, lon_0=longitude, ellps="WGS84")
    shapes = []
    for area, radius in ((pair.a, pair.a_km), (pair.b, pair.b_km)):
        corners = []
        for number in range(_CORNERS):
            lon, lat, _ = wgs84().fwd(area.longitude, area.latitude, number * 360 / _CORNERS, radius * 1000)
            corners.append(plane(lon, lat))
        shapes.append(shapely.Polygon(corners))
    return [plane(x, y, inverse=True) for x, y in shapes[0].intersection(shapes[1]).exterior.coords]


def lenses() -> None:
    """Print how long a lens takes, alone and as a map's whole data."""
    asked = pairs(PAIRS, seed=1)
    for pair in asked:
        pair_map(pair.a.id, pair.a_km, pair.b.id, pair.b_km)
    ways: dict[str, Callable[[Pair], Any]] = {
        "both areas' distance alone": lambda pair: geodesic(pair.a.centre, pair.b.centre),
        "the lens": lambda pair: meeting_ground(pair.a, pair.a_km, pair.b, pair.b_km),
        "the lens, corner by corner": corner_by_corner,
        "a map's whole data": lambda pair: pair_map(pair.a.id, pair.a_km, pair.b.id, pair.b_km),
    }
    taken = {name: percentiles(milliseconds_of_cpu(partial(way, pair) for pair in asked)) for name, way in ways.items()}
    base = taken["the lens, corner by corner"][0]
    rows = [[name, *found, base / found[0]] for name, found in taken.items()]
    table(
        f"The lens of two travel discs, ms of processor ({load()})", ("", "p50", "p95", "p99", "corners ÷ this"), rows
    )


class Places:
    """Public places strewn around the towns of the large community, the same on every run."""

    def __init__(self, many: int) -> None:
        dice, catalogue = np.random.default_rng(many), load_catalogue()
        at = np.asarray(homes(many, many), dtype=np.int64) - 1
        latitude = catalogue.latitude[at] + dice.normal(0, AROUND_A_TOWN, many)
        longitude = catalogue.longitude[at] + dice.normal(0, AROUND_A_TOWN, many)
        self.e4 = np.rint(np.column_stack((np.clip(latitude, -90, 90), longitude)) * PER_DEGREE).astype(np.int64)
        self.kinds = dice.integers(0, len(KINDS), many)
        self.degrees = self.e4 / PER_DEGREE
        self.points = shapely.points(self.degrees[:, 1] * 1000, self.degrees[:, 0] * 1000)
        self.tree = shapely.STRtree(self.points)

    def fill(self) -> None:
        """Put them on the list, behind the import: what is measured is the search."""
        with transaction() as session:
            session.execute(delete(SafePlace))
            for start in range(0, len(self.e4), _ROWS_AT_ONCE):
                part = range(start, min(start + _ROWS_AT_ONCE, len(self.e4)))
                session.execute(insert(SafePlace), [self._row(at) for at in part])
        if db.engine.dialect.name == "postgresql":
            held = db.engine.raw_connection()
            driver: Any = held.driver_connection
            driver.autocommit = True
            driver.execute("VACUUM (ANALYZE) safe_places")
            held.invalidate()

    def _row(self, at: int) -> dict[str, Any]:
        latitude, longitude = self.e4[at].tolist()
        return {
            "public_id": f"p{at}", "ref": f"bench:{at}", "source": "bench", "credit": "Invented", "name": f"Place {at}",
            "kind": KINDS[self.kinds[at]].value, "latitude_e4": latitude, "longitude_e4": longitude,
            "strip": strip_of(latitude), "imported_at": NOW,
        }  # fmt: skip

    def looking_at_all(self, pair: Pair) -> list[str]:
        """Every place against the drawn lens, then the ways of those inside."""
        lens = self._lens(pair)
        return self._fairest(pair, np.flatnonzero(shapely.contains(lens, self.points)))

    def by_tree(self, pair: Pair) -> list[str]:
        """The same by a tree over all places."""
        return self._fairest(pair, self.tree.query(self._lens(pair), predicate="contains"))

    @staticmethod
    def _lens(pair: Pair) -> Any:
        lens = meeting_ground(pair.a, pair.a_km, pair.b, pair.b_km).lens or {"coordinates": [[]]}
        shape = shapely.Polygon(lens["coordinates"][0]) if lens.get("type") == "Polygon" else shapely.Polygon()
        shapely.prepare(shape)
        return shape

    def _fairest(self, pair: Pair, inside: np.ndarray) -> list[str]:
        one, other = ways_to(pair.discs, self.degrees[inside, 0], self.degrees[inside, 1])
        found = [
            Reached(f"bench:{at}", f"Place {at}", KINDS[self.kinds[at]], Kilometres(way), Kilometres(back))
            for at, way, back in zip(inside.tolist(), one.tolist(), other.tolist(), strict=True)
        ]
        return [each.ref for each in fairest(found)]


def ours(pair: Pair) -> list[str]:
    """The search as the pages run it, in the current application."""
    return [each.ref for each in places_within(pair.discs, pair.apart)]


def _server() -> int | None:
    if db.engine.dialect.name == "sqlite":
        return None
    driver: Any = db.session.connection().connection.driver_connection
    return int(driver.info.backend_pid)


def searches(sizes: Sequence[int]) -> None:
    """Print the search among so many places, on both databases and beside its rivals."""
    with applications() as apps:
        for many in sizes:
            places, asked = Places(many), pairs(PAIRS, seed=many)
            taken: dict[str, tuple[list[float], list[float], list[list[str]]]] = {}
            for name, app in apps.items():
                with app.app_context():
                    places.fill()
                    taken[f"ours, {name}"] = _measured(ours, asked, PASSES, _server())
            taken["a tree in memory"] = _measured(places.by_tree, asked, PASSES)
            taken["every place looked at"] = _measured(places.looking_at_all, asked[:SLOW], 1)
            _print(many, taken)


def _measured(
    answer: Callable[[Pair], list[str]], asked: Sequence[Pair], passes: int, server: int | None = None
) -> tuple[list[float], list[float], list[list[str]]]:
    answer(asked[0])
    clock, worked, found = in_turn([partial(answer, pair) for pair in asked], passes, server)
    return [*percentiles(clock)], [*percentiles(worked)], found


def _print(many: int, taken: dict[str, tuple[list[float], list[float], list[list[str]]]]) -> None:
    base, true = taken["every place looked at"][1][0], taken["ours, SQLite"][2]
    rows: list[list[str | float]] = [
        [name, *clock, *worked, base / worked[0], f"{sum(map(_differ, found, true))} of {len(found)}"]
        for name, (clock, worked, found) in taken.items()
    ]
    heads = ("", "p50", "p95", "p99", "p50 worked", "p95", "p99", "all ÷ this", "differ")
    table(f"The fairest public places among {many:,}, ms by the clock and of processors ({load()})", heads, rows)


def _differ(one: list[str], other: list[str]) -> bool:
    return one != other


def run(sizes: Sequence[int] = SIZES) -> None:
    """Print both tables."""
    lenses()
    searches(sizes)


if __name__ == "__main__":
    logging.disable(logging.ERROR)
    run([int(size) for size in sys.argv[1:]] or SIZES)
