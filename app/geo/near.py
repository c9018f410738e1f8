"""
Which of many centres can meet which, and exactly how far apart they are: one join instead of a question for each.

The straight chord through the Earth never exceeds the way along its surface, so it rules pairs out without error. The
rest is measured along the chord's own curve (the normal curvature between both centres): at most 0.4 mm from the
geodesic up to 400 km. Lengths are whole metres, so the geodesic itself is asked only where that error could
reach another metre, and beyond 400 km or 85 degrees. The result is the one :func:`app.geo.distance.geodesic` gives.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.geo.distance import ECCENTRICITY2, SEMI_MAJOR_KM, wgs84
from app.geo.points import Floats
from app.kernel.compiling import compiled
from app.kernel.ordering import stable_order

CLASSES_KM: Final = (30.0, 120.0, 300.0, math.inf)
"""Centres are kept apart by how far their people travel, so that one far traveller widens nobody else's search."""

_SEMI_MAJOR: Final = SEMI_MAJOR_KM
_E2: Final = ECCENTRICITY2
_KM_PER_DEGREE: Final = 110.5
"""The shortest degree of latitude, kilometres (at the equator, WGS84)."""
_SURE_KM: Final = 400.0
_SURE_DEGREES: Final = 85.0
_DOUBT_KM: Final = 2e-6
_SLACK_KM: Final = 0.001
_METRES: Final = 1000
_WORTH_TWO_THREADS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Centres:
    """Centres in degrees with the longest radius that anybody there travels, kilometres."""

    latitude: Floats
    longitude: Floats
    reach: Floats

    def __len__(self) -> int:
        """How many there are."""
        return len(self.latitude)


@dataclass(frozen=True, slots=True)
class Near:
    """
    For each of the first centres those of the second it can meet, nearest first: rows ``start[at]`` to
    ``start[at + 1]`` of ``other`` (positions) and ``metres``.
    """

    start: NDArray[np.int64]
    other: NDArray[np.int32]
    metres: NDArray[np.int32]


def near(seekers: Centres, others: Centres) -> Near:
    """Every pair of centres whose distance is at most both reaches together, the limit included."""
    order = _by_class(others)
    sorted_others = np.ascontiguousarray(_rows(others)[:, order])
    classes = np.searchsorted(CLASSES_KM, others.reach[order], side="left").astype(np.int64)
    ends = np.searchsorted(classes, np.arange(len(CLASSES_KM) + 1)).astype(np.int64)
    longest = np.array([sorted_others[1, low:high].max(initial=0.0) for low, high in pairwise(ends.tolist())])
    seeking = _rows(seekers)
    counts = np.zeros(len(seekers), np.int64)
    empty = np.empty(0, np.int32)
    halves = _halves(len(seekers))

    def join(place: NDArray[np.int64], other: NDArray[np.int32], lengths: Floats, *, fill: bool) -> None:
        def part(first: int, last: int) -> None:
            _join(seeking, sorted_others, ends, longest, first, last, place, other, lengths, fill)

        # The first loads what was compiled before, which two threads would do twice.
        part(0, 0)
        with ThreadPoolExecutor(len(halves)) as pool:
            list(pool.map(part, *zip(*halves, strict=True)))

    join(counts, empty, np.empty(0), fill=False)
    start = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))
    other, lengths = np.empty(start[-1], np.int32), np.empty(start[-1])
    join(start[:-1].copy(), other, lengths, fill=True)
    seeker = np.repeat(np.arange(len(seekers), dtype=np.int32), counts)
    metres = _exact(seekers, others, seeker, order[other], lengths)
    kept = metres / _METRES <= seekers.reach[seeker] + others.reach[order[other]]
    return _sorted(len(seekers), seeker[kept], order[other][kept].astype(np.int32), metres[kept])


def _halves(count: int) -> list[tuple[int, int]]:
    """The seekers for each of two threads; for few of them one is enough."""
    middle = count // 2
    return [(0, middle), (middle, count)] if count >= _WORTH_TWO_THREADS else [(0, count)]


def _by_class(others: Centres) -> NDArray[np.int64]:
    classes = np.searchsorted(CLASSES_KM, others.reach, side="left")
    return np.lexsort((others.longitude, others.latitude, classes))


def _rows(centres: Centres) -> Floats:
    """Latitude, reach and Earth-centred x, y, z of each centre, kilometres."""
    lat, lon = np.radians(centres.latitude), np.radians(centres.longitude)
    normal = _SEMI_MAJOR / np.sqrt(1 - _E2 * np.sin(lat) ** 2)
    x, y = normal * np.cos(lat) * np.cos(lon), normal * np.cos(lat) * np.sin(lon)
    return np.stack([centres.latitude, centres.reach, x, y, normal * (1 - _E2) * np.sin(lat)])


def _exact(
    seekers: Centres, others: Centres, seeker: NDArray[np.int32], other: NDArray[np.int64], lengths: Floats
) -> NDArray[np.int32]:
    """Whole metres of each pair; the doubtful ones measured by the geodesic."""
    fraction = lengths * _METRES
    fraction -= np.floor(fraction)
    polar = np.maximum(np.abs(seekers.latitude), 0) > _SURE_DEGREES
    polar_other = np.abs(others.latitude) > _SURE_DEGREES
    doubt = (np.abs(fraction - 0.5) < _DOUBT_KM * _METRES) | (lengths > _SURE_KM) | polar[seeker] | polar_other[other]
    metres = np.rint(lengths * _METRES).astype(np.int32)
    at = np.flatnonzero(doubt)
    if len(at):
        one, two = seeker[at], other[at]
        # The geodesic is asked in the order in which ``distance`` asks it, so that even its last bit agrees.
        swapped = (seekers.latitude[one] > others.latitude[two]) | (
            (seekers.latitude[one] == others.latitude[two]) & (seekers.longitude[one] > others.longitude[two])
        )
        lat1 = np.where(swapped, others.latitude[two], seekers.latitude[one])
        lon1 = np.where(swapped, others.longitude[two], seekers.longitude[one])
        lat2 = np.where(swapped, seekers.latitude[one], others.latitude[two])
        lon2 = np.where(swapped, seekers.longitude[one], others.longitude[two])
        exact = np.asarray(wgs84().inv(lon1, lat1, lon2, lat2)[2])
        metres[at] = [round(round(each / _METRES, 3) * _METRES) for each in exact.tolist()]
    return metres


def _sorted(count: int, seeker: NDArray[np.int32], other: NDArray[np.int32], metres: NDArray[np.int32]) -> Near:
    # The longest way on Earth has 25 bits.
    order = stable_order(seeker.astype(np.int64) << 25 | metres.astype(np.int64))
    start = np.searchsorted(seeker, np.arange(count + 1)).astype(np.int64)
    return Near(start, other[order], metres[order])


@compiled
def _join(
    seeking: Floats, others: Floats, ends: NDArray[np.int64], longest: Floats, begin: int, end: int,
    place: NDArray[np.int64], other: NDArray[np.int32], lengths: Floats, fill: bool,
) -> None:  # fmt: skip
    """Count the pairs of each seeker from ``begin`` to before ``end`` into ``place``, or write them from there on."""
    for at in range(begin, end):
        latitude, reach = seeking[0, at], seeking[1, at]
        for group in range(len(ends) - 1):
            low, high = ends[group], ends[group + 1]
            if low == high:
                continue
            height = (reach + longest[group]) / _KM_PER_DEGREE + 1e-9
            first = low + np.searchsorted(others[0, low:high], latitude - height)
            row = first
            while row < high and others[0, row] <= latitude + height:
                dx, dy = others[2, row] - seeking[2, at], others[3, row] - seeking[3, at]
                dz = others[4, row] - seeking[4, at]
                chord2 = dx * dx + dy * dy + dz * dz
                limit = reach + others[1, row] + _SLACK_KM
                if chord2 <= limit * limit:
                    if fill:
                        other[place[at]] = row
                        lengths[place[at]] = _along(seeking, at, others, row, chord2)
                    place[at] += 1
                row += 1


@compiled
def _along(seeking: Floats, at: int, others: Floats, row: int, chord2: float) -> float:
    """The length along the ellipsoid over a chord, kilometres, by the normal curvature half-way in its direction."""
    if chord2 == 0.0:
        return 0.0
    sine = math.sin(math.radians((seeking[0, at] + others[0, row]) / 2))
    width = 1 - _E2 * sine * sine
    along_meridian = math.sqrt(width) * width / (_SEMI_MAJOR * (1 - _E2))
    across = math.sqrt(width) / _SEMI_MAJOR
    x, y = seeking[2, at] + others[2, row], seeking[3, at] + others[3, row]
    level = math.sqrt(x * x + y * y)
    east = 0.0
    if level > 0.0:
        east = ((others[3, row] - seeking[3, at]) * x - (others[2, row] - seeking[2, at]) * y) / level
    curvature = along_meridian + east * east / chord2 * (across - along_meridian)
    chord = math.sqrt(chord2)
    return float(2 / curvature * math.asin(min(1.0, curvature * chord / 2)))
