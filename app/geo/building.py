"""Building the published areas from public population: the offline procedure of ``docs/places.md``, deterministic from
end to end.

Built from what GeoNames publishes, never from members. The result becomes a versioned data file; ids of one version
are never re-assigned.
"""

import heapq
from dataclasses import dataclass, field
from typing import Final

import h3.api.basic_int as h3
import numpy as np
import numpy.typing as npt

from app.geo.points import Floats, degrees_of, unit_vectors
from app.geo.sizes import COARSE, FINE, OWN_AREA_HOUSEHOLDS
from app.geo.spread import Ints, Layout, Places, lay_out, own_population

PEOPLE_PER_HOUSEHOLD: Final = 2.5
WIDER: Final = 4
"""H3 resolution of the wider region that a member may choose."""
SMALLEST_HOUSEHOLDS: Final = 250
"""An area with fewer households than this joins its nearest neighbour."""


@dataclass(slots=True)
class Draft:
    """An area being built: its cells (any resolution), its people, and where they are (sum of unit vectors weighted
    by people).
    """

    cells: list[int]
    people: float
    vector: Floats
    country: int = -1

    @property
    def households(self) -> float:
        """People divided by 2.5."""
        return self.people / PEOPLE_PER_HOUSEHOLD

    def absorb(self, other: "Draft") -> None:
        """Take over another draft's cells and people; the country stays."""
        self.cells.extend(other.cells)
        self.people += other.people
        self.vector = self.vector + other.vector


@dataclass(frozen=True, slots=True)
class BuiltAreas:
    """What a build gives, one row an area, fine areas first and wider regions after; row i is area id i + 1.

    ``cells`` (sorted) and ``cell_area`` (area ids) say which area owns a cell; degrees are hundredths; ``town`` is a
    row of the places. ``wider`` is the id of an area's wider region, 0 for a region.
    """

    cells: npt.NDArray[np.uint64]
    cell_area: npt.NDArray[np.int32]
    latitude: npt.NDArray[np.int16]
    longitude: npt.NDArray[np.int16]
    households: npt.NDArray[np.int32]
    town: npt.NDArray[np.int32]
    wider: npt.NDArray[np.int32]


@dataclass(slots=True)
class Ground:
    """Population by resolution-7 cell, with the sums of the coarser cells above: what the splitting reads."""

    people: dict[int, float] = field(default_factory=dict)
    vector: dict[int, Floats] = field(default_factory=dict)
    main_place: dict[int, int] = field(default_factory=dict)
    coarse: list[int] = field(default_factory=list)

    def draft(self, cells: list[int]) -> Draft:
        """The cells' people together; a cell nobody lives in adds none."""
        people = sum(self.people.get(cell, 0.0) for cell in cells)
        vector = np.sum([self.vector[cell] for cell in cells if cell in self.vector] or [np.zeros(3)], axis=0)
        return Draft(cells, people, vector)

    def households(self, cell: int) -> float:
        """Households in a cell of resolution 5 to 7, zero where nobody lives."""
        return self.people.get(cell, 0.0) / PEOPLE_PER_HOUSEHOLD


def ground_of(layout: Layout) -> Ground:
    """The layout summed by cell, at the three resolutions that splitting uses."""
    latlng_to_cell = h3.latlng_to_cell
    cell = np.array(
        [latlng_to_cell(a, b, FINE) for a, b in zip(layout.latitude.tolist(), layout.longitude.tolist(), strict=True)],
        dtype=np.int64,
    )
    cells, inverse = np.unique(cell, return_inverse=True)
    people = np.bincount(inverse, weights=layout.people)
    directions = unit_vectors(layout.latitude, layout.longitude)
    vector = np.stack([np.bincount(inverse, weights=directions[:, k] * layout.people) for k in range(3)], axis=-1)
    ground = Ground(
        dict(zip(cells.tolist(), people.tolist(), strict=True)), dict(zip(cells.tolist(), vector, strict=True))
    )
    ground.main_place = _main_places(inverse, layout, cells)
    _add_coarser(ground, cells.tolist())
    return ground


def _main_places(inverse: Ints, layout: Layout, cells: Ints) -> dict[int, int]:
    """For each cell the place that most of its people come from; ties go to the place listed first."""
    key = inverse.astype(np.int64) * (int(layout.place.max()) + 1) + layout.place
    pairs, index = np.unique(key, return_inverse=True)
    share = np.bincount(index, weights=layout.people)
    owner, place = np.divmod(pairs, int(layout.place.max()) + 1)
    best = np.lexsort((place, -share, owner))
    first = best[np.unique(owner[best], return_index=True)[1]]
    return dict(zip(cells[owner[first]].tolist(), place[first].tolist(), strict=True))


def _add_coarser(ground: Ground, fine: list[int]) -> None:
    coarse: set[int] = set()
    for cell in fine:
        for resolution in range(FINE - 1, COARSE - 1, -1):
            parent = h3.cell_to_parent(cell, resolution)
            ground.people[parent] = ground.people.get(parent, 0.0) + ground.people[cell]
            ground.vector[parent] = ground.vector.get(parent, np.zeros(3)) + ground.vector[cell]
        coarse.add(parent)
    ground.coarse = sorted(coarse)


def split(ground: Ground, cell: int) -> list[Draft]:
    """One cell as areas: each child with enough households on its own, what remains together or with its nearest
    neighbour.
    """
    if h3.get_resolution(cell) == FINE:
        return [ground.draft([cell])]
    children = sorted(h3.cell_to_children(cell))
    large = [child for child in children if ground.households(child) >= OWN_AREA_HOUSEHOLDS]
    if not large:
        return [ground.draft([cell])]
    drafts = [draft for child in large for draft in split(ground, child)]
    rest = ground.draft([child for child in children if child not in large])
    if rest.households >= OWN_AREA_HOUSEHOLDS:
        return [*drafts, rest]
    for child in rest.cells:
        _nearest(drafts, unit_vectors(*h3.cell_to_latlng(child))).absorb(ground.draft([child]))
    return drafts


def _nearest(drafts: list[Draft], direction: Floats) -> Draft:
    return max(drafts, key=lambda draft: float(draft.vector @ direction) / float(np.linalg.norm(draft.vector)))


def _country_of(draft: Draft, ground: Ground, places: Places) -> int:
    """The country most of an area's people live in."""
    tally: dict[int, float] = {}
    for cell in _fine_cells(draft.cells):
        if cell in ground.main_place:
            country = int(places.country[ground.main_place[cell]])
            tally[country] = tally.get(country, 0.0) + ground.people[cell]
    return min(tally, key=lambda country: (-tally[country], country))


def _fine_cells(cells: list[int]) -> list[int]:
    return [fine for cell in cells for fine in h3.cell_to_children(cell, FINE)]


def merge_small(drafts: list[Draft]) -> list[Draft]:
    """These areas with each too small one merged into its nearest, the smallest first; the last one left stays,
    whatever its size.

    Called for each country, so that an area does not cross a border, and once more for what a small country leaves
    over.
    """
    directions = np.array([draft.vector / np.linalg.norm(draft.vector) for draft in drafts])
    queue = [(draft.households, row) for row, draft in enumerate(drafts) if draft.households < SMALLEST_HOUSEHOLDS]
    heapq.heapify(queue)
    alive = len(drafts)
    gone = np.zeros(len(drafts), dtype=bool)
    while queue and alive > 1:
        households, row = heapq.heappop(queue)
        if gone[row] or households != drafts[row].households:
            continue
        closeness = directions @ directions[row]
        closeness[gone], closeness[row] = -2.0, -2.0
        target = int(np.argmax(closeness))
        drafts[target].absorb(drafts[row])
        gone[row], alive = True, alive - 1
        directions[target] = drafts[target].vector / np.linalg.norm(drafts[target].vector)
        if drafts[target].households < SMALLEST_HOUSEHOLDS:
            heapq.heappush(queue, (drafts[target].households, target))
    return [draft for row, draft in enumerate(drafts) if not gone[row]]


def build(places: Places) -> BuiltAreas:
    """The published areas of these places; raises ValueError when nobody lives anywhere."""
    own = own_population(places)
    if not (own > 0).any():
        raise ValueError("no place with people to build areas from")
    ground = ground_of(lay_out(places, own))
    by_country: dict[int, list[Draft]] = {}
    for coarse in ground.coarse:
        drafts = [ground.draft([coarse])]
        if ground.households(coarse) >= OWN_AREA_HOUSEHOLDS:
            drafts = split(ground, coarse)
        for draft in drafts:
            _place_in_country(draft, ground, places, by_country)
    merged = [draft for _, drafts in sorted(by_country.items()) for draft in merge_small(drafts)]
    final = sorted(merge_small(merged), key=lambda draft: min(draft.cells))
    return _tables(final, ground, places)


def _place_in_country(draft: Draft, ground: Ground, places: Places, by_country: dict[int, list[Draft]]) -> None:
    draft.country = _country_of(draft, ground, places)
    by_country.setdefault(draft.country, []).append(draft)


def _regions(drafts: list[Draft], ground: Ground) -> tuple[list[Draft], list[int]]:
    """The wider regions (resolution-4 parent of an area's most peopled cell, by country) and, per area, which one it
    lies in.
    """
    keys = [(h3.cell_to_parent(_main_cell(draft, ground), WIDER), draft.country) for draft in drafts]
    order = {key: row for row, key in enumerate(sorted(set(keys)))}
    regions = [Draft([], 0.0, np.zeros(3), country) for _, country in order]
    for key, draft in zip(keys, drafts, strict=True):
        regions[order[key]].absorb(draft)
    return regions, [order[key] for key in keys]


def _main_cell(draft: Draft, ground: Ground) -> int:
    return min(draft.cells, key=lambda cell: (-ground.people.get(cell, 0.0), cell))


def _towns(drafts: list[Draft], ground: Ground, places: Places) -> list[int]:
    """Each draft's largest town: of those whose point lies inside; else the one most of its people come from."""
    owner = {cell: row for row, draft in enumerate(drafts) for cell in draft.cells}
    found: dict[int, int] = {}
    for place in np.argsort(-places.population, kind="stable").tolist():
        cell = h3.latlng_to_cell(float(places.latitude[place]), float(places.longitude[place]), FINE)
        row = next((owner[up] for up in _ancestry(cell) if up in owner), -1)
        if row >= 0 and int(places.country[place]) == drafts[row].country:
            found.setdefault(row, place)
    return [found[row] if row in found else _main_town(draft, ground, places) for row, draft in enumerate(drafts)]


def _ancestry(cell: int) -> list[int]:
    return [cell, *(h3.cell_to_parent(cell, resolution) for resolution in range(FINE - 1, COARSE - 1, -1))]


def _main_town(draft: Draft, ground: Ground, places: Places) -> int:
    tally: dict[int, float] = {}
    for cell in _fine_cells(draft.cells):
        place = ground.main_place.get(cell)
        if place is not None and int(places.country[place]) == draft.country:
            tally[place] = tally.get(place, 0.0) + ground.people[cell]
    return min(tally, key=lambda place: (-tally[place], place))


def _tables(drafts: list[Draft], ground: Ground, places: Places) -> BuiltAreas:
    regions, wider = _regions(drafts, ground)
    everything = [*drafts, *regions]
    pairs = sorted((cell, row + 1) for row, draft in enumerate(drafts) for cell in draft.cells)
    latitude, longitude = degrees_of(np.array([draft.vector for draft in everything]))
    return BuiltAreas(
        cells=np.array([cell for cell, _ in pairs], dtype=np.uint64),
        cell_area=np.array([area for _, area in pairs], dtype=np.int32),
        latitude=np.rint(latitude * 100).astype(np.int16),
        longitude=np.rint(longitude * 100).astype(np.int16),
        households=np.array([int(draft.households) for draft in everything], dtype=np.int32),
        town=np.array([*_towns(drafts, ground, places), *_towns(regions, ground, places)], dtype=np.int32),
        wider=np.array([*(len(drafts) + row + 1 for row in wider), *([0] * len(regions))], dtype=np.int32),
    )
