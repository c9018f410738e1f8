"""Published areas: the only form in which this site knows where anybody is.

``AreaCatalogue`` answers every question about nearness from area ids alone. It is built from tables that
``app.infra.areas`` reads from a versioned file; this module reads no file. See ``docs/places.md``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, NewType, Protocol

import numpy as np
import numpy.typing as npt

from app.geo.distance import Centre, DistanceBand, band_of, geodesic, geodesics
from app.geo.points import EARTH_RADIUS_KM, ELLIPSOID_SLACK, Floats, Point, unit_vectors
from app.geo.sizes import COARSE, FINE, OWN_AREA_HOUSEHOLDS
from app.kernel.errors import NotFound
from app.kernel.quantities import Kilometres

AreaId = NewType("AreaId", int)
"""Number of a published area or wider region. Stable: a version of the areas owns its ids for ever, a later version
gets new ones.
"""

_CACHED_PAIRS: Final = 200_000
_CACHED_AREAS: Final = 10_000


class UnknownArea(NotFound):
    """No area has this id."""

    code = "unknown_area"


@dataclass(frozen=True, slots=True)
class Area:
    """A published area or wider region as everyone may see it.

    ``name`` is its largest town with the state's letters or the country's first division ("Fitchburg, WI"); faces say
    "near" in front. ``country`` is the ISO 3166 alpha-2 code, degrees have two decimals, ``wider`` is None for a region
    itself.
    """

    id: AreaId
    name: str
    town: str
    division: str
    country: str
    country_name: str
    latitude: float
    longitude: float
    households: int
    wider: "AreaId | None"

    @property
    def label(self) -> str:
        """The name with its country, for lists that mix countries; Singapore is not "Singapore, Singapore"."""
        return self.name if self.name == self.country_name else f"{self.name}, {self.country_name}"

    @property
    def centre(self) -> Centre:
        """Latitude and longitude of the centre, degrees with two decimals."""
        return self.latitude, self.longitude

    @property
    def is_region(self) -> bool:
        """True for a wider region, which a member of a small area may choose instead."""
        return self.wider is None

    @property
    def is_small(self) -> bool:
        """True below 1,000 households: the member is told so and offered the wider region."""
        return self.households < OWN_AREA_HOUSEHOLDS


@dataclass(frozen=True, slots=True)
class TownTable:
    """The gazetteer's towns, one row each: name, division (row of ``divisions``), country (row of ``countries``),
    population, area id.
    """

    names: Sequence[str]
    divisions: Sequence[tuple[str, str]]
    countries: Sequence[tuple[str, str]]
    division: npt.NDArray[np.int32]
    country: npt.NDArray[np.int32]
    population: npt.NDArray[np.int32]
    area: npt.NDArray[np.int32]

    def division_text(self, row: int) -> str:
        """The division as people write it beside a town: its letters where those are customary, else its name, else
        empty.
        """
        letters, name = self.divisions[int(self.division[row])]
        return letters or name

    def country_of(self, row: int) -> tuple[str, str]:
        """ISO 3166 alpha-2 code and English name of the town's country."""
        return self.countries[int(self.country[row])]

    def short_label(self, row: int) -> str:
        """Town and division: "Fitchburg, WI"; the town alone where both have one name, as in Berlin."""
        return ", ".join(dict.fromkeys(part for part in (self.names[row], self.division_text(row)) if part))


class AreaTables(Protocol):
    """What a catalogue reads of :class:`~app.geo.building.BuiltAreas`, from wherever it comes."""

    @property
    def cells(self) -> npt.NDArray[np.uint64]: ...  # noqa: D102 - as in BuiltAreas, like all of these.
    @property
    def cell_area(self) -> npt.NDArray[np.int32]: ...  # noqa: D102
    @property
    def latitude(self) -> npt.NDArray[np.int16]: ...  # noqa: D102
    @property
    def longitude(self) -> npt.NDArray[np.int16]: ...  # noqa: D102
    @property
    def households(self) -> npt.NDArray[np.int32]: ...  # noqa: D102
    @property
    def town(self) -> npt.NDArray[np.int32]: ...  # noqa: D102
    @property
    def wider(self) -> npt.NDArray[np.int32]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Box:
    """Degrees between which centres lie, edges included; ``west`` is never greater than ``east``."""

    south: float
    west: float
    north: float
    east: float


class AreaCatalogue:
    """All published areas of one version. Safe to share between threads.

    Every answer is a function of area ids only.
    """

    def __init__(self, version: int, built: AreaTables, towns: TownTable) -> None:
        """Take over the tables; nothing is copied that is not needed."""
        self.version = version
        self.towns = towns
        self._built = built
        self._measured = lru_cache(_CACHED_PAIRS)(self._measure)
        self._told = lru_cache(_CACHED_AREAS)(self._tell)

    @cached_property
    def latitude(self) -> Floats:
        """Degrees of each centre, two decimals; worked out once somebody asks where an area is."""
        return np.round(self._built.latitude / 100.0, 2)

    @cached_property
    def longitude(self) -> Floats:
        """As ``latitude``."""
        return np.round(self._built.longitude / 100.0, 2)

    def centres(self, rows: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
        """``latitude`` and ``longitude`` of some rows (id less one), without working out those of all areas."""
        latitude, longitude = self._built.latitude[rows], self._built.longitude[rows]
        return np.round(latitude / 100.0, 2), np.round(longitude / 100.0, 2)

    @property
    def households(self) -> npt.NDArray[np.int32]:
        """Of each area and region."""
        return self._built.households

    @cached_property
    def _areas(self) -> int:
        return int(np.count_nonzero(self._built.wider))

    def __len__(self) -> int:
        """Areas and wider regions together; ids run from 1 to this."""
        return len(self.latitude)

    def __contains__(self, area: object) -> bool:
        """True when an area or region has this id."""
        return isinstance(area, int) and not isinstance(area, bool) and 1 <= area <= len(self)

    def area(self, area: AreaId) -> Area:
        """Everything public about an area. Raises UnknownArea."""
        return self._told(self._row(area))

    def _tell(self, row: int) -> Area:
        town = int(self._built.town[row])
        country, country_name = self.towns.country_of(town)
        wider = int(self._built.wider[row])
        return Area(
            id=AreaId(row + 1),
            name=self.towns.short_label(town),
            town=self.towns.names[town],
            division=self.towns.division_text(town),
            country=country,
            country_name=country_name,
            latitude=float(self.latitude[row]),
            longitude=float(self.longitude[row]),
            households=int(self._built.households[row]),
            wider=AreaId(wider) if wider else None,
        )

    def wider(self, area: AreaId) -> AreaId:
        """The wider region around an area, or the region itself. Raises UnknownArea."""
        return AreaId(int(self._built.wider[self._row(area)]) or int(area))

    def snap(self, latitude: float, longitude: float) -> AreaId:
        """The area a picked point lies in: the only door through which a coordinate enters, and it does not come out
        again.

        Every point on Earth has an area; where nobody lives it is the nearest one. Raises NotOnEarth.
        """
        # Not above: only a point on a map needs cells.
        import h3.api.basic_int as h3

        point = Point(latitude, longitude)
        return self._area_of_cell(h3.latlng_to_cell(point.latitude, point.longitude, FINE))

    def distance(self, a: AreaId, b: AreaId) -> Kilometres:
        """Geodesic between the two centres, kilometres to the metre; 0 inside one area. Raises UnknownArea."""
        return self._measured(min(a, b), max(a, b))

    def band(self, a: AreaId, b: AreaId) -> DistanceBand:
        """How far apart the two areas are, as people may see it. Raises UnknownArea."""
        return band_of(self.distance(a, b), same_area=a == b)

    def within(self, a: AreaId, b: AreaId, radius_sum: Kilometres) -> bool:
        """True when the centres are at most ``radius_sum`` apart, the limit included. Raises UnknownArea."""
        return self.distance(a, b) <= radius_sum

    def distances_from(self, a: AreaId, others: Sequence[AreaId] | npt.NDArray[np.int32]) -> Floats:
        """Kilometres from one area to many, in their order: ``distance`` for whole tables. Raises UnknownArea."""
        rows = np.asarray(others, dtype=np.int64) - 1
        if len(rows) and (rows.min() < 0 or rows.max() >= len(self)):
            raise UnknownArea
        return geodesics(self._centre(self._row(a)), self.latitude[rows], self.longitude[rows])

    def areas_within(self, a: AreaId, radius: Kilometres) -> list[AreaId]:
        """Ids of all areas and regions whose centre is at most ``radius`` away, itself included, ascending. Raises
        UnknownArea.
        """
        row = self._row(a)
        angle = min(np.pi, radius * ELLIPSOID_SLACK / EARTH_RADIUS_KM)
        near = np.flatnonzero(self._vectors @ self._vectors[row] >= np.cos(angle) - 1e-12)
        exact = near[geodesics(self._centre(row), self.latitude[near], self.longitude[near]) <= radius]
        return [AreaId(value) for value in (exact + 1).tolist()]

    def nearest(self, a: AreaId, limit: int = 6) -> list[AreaId]:
        """The areas (no regions) nearest to this one, itself left out, nearest first and lower id on ties. Raises
        UnknownArea.
        """
        row = self._row(a)
        closeness = self._vectors[: self._areas] @ self._vectors[row]
        if row < self._areas:
            closeness[row] = -np.inf
        count = min(limit, self._areas - 1)
        some = np.argpartition(-closeness, count)[:count] if count > 0 else np.empty(0, dtype=np.int64)
        ordered = some[np.lexsort((some, -closeness[some]))]
        return [AreaId(value) for value in (ordered + 1).tolist()]

    def cells_of(self, area: AreaId) -> list[int]:
        """The H3 cells (mixed resolutions) an area or region is made of; public data, for drawing. Raises
        UnknownArea.
        """
        row = self._row(area)
        members = [int(area)] if self._built.wider[row] else (np.flatnonzero(self._built.wider == area) + 1).tolist()
        order, ordered = self._by_area
        starts = np.searchsorted(ordered, members).tolist()
        ends = np.searchsorted(ordered, members, side="right").tolist()
        found = [order[start:end] for start, end in zip(starts, ends, strict=True)]
        return [int(cell) for cell in self._built.cells[np.sort(np.concatenate(found))]] if found else []

    @cached_property
    def _vectors(self) -> Floats:
        """Each centre as a direction; only some questions need them, and half a million take a while to work out."""
        return unit_vectors(self.latitude, self.longitude)

    @cached_property
    def _by_area(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """The cells' places by area, and the area of each: a million cells are not looked through for one area."""
        order = np.argsort(self._built.cell_area, kind="stable").astype(np.int32)
        return order, self._built.cell_area[order]

    def areas_between(self, box: Box, *, regions: bool = False) -> list[AreaId]:
        """Areas, or regions, whose centre lies in a box (edges included), ascending ids."""
        start, stop = (self._areas, len(self)) if regions else (0, self._areas)
        lat, lon = self.latitude[start:stop], self.longitude[start:stop]
        inside = (lat >= box.south) & (lat <= box.north) & (lon >= box.west) & (lon <= box.east)
        return [AreaId(value) for value in (np.flatnonzero(inside) + start + 1).tolist()]

    def _row(self, area: AreaId) -> int:
        if area not in self:
            raise UnknownArea
        return int(area) - 1

    def _centre(self, row: int) -> Centre:
        return float(self.latitude[row]), float(self.longitude[row])

    def _measure(self, a: AreaId, b: AreaId) -> Kilometres:
        return geodesic(self._centre(self._row(a)), self._centre(self._row(b)))

    def _area_of_cell(self, cell: int) -> AreaId:
        """Parents are found by cell id, so that a point near an edge cannot fall out of its own parent."""
        import h3.api.basic_int as h3

        for resolution in range(FINE, COARSE - 1, -1):
            wanted = np.uint64(h3.cell_to_parent(cell, resolution))
            at = int(np.searchsorted(self._built.cells, wanted))
            if at < len(self._built.cells) and self._built.cells[at] == wanted:
                return AreaId(int(self._built.cell_area[at]))
        direction = unit_vectors(*h3.cell_to_latlng(cell))
        return AreaId(int(np.argmax(self._vectors[: self._areas] @ direction)) + 1)
