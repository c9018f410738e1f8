"""
Who is near whom, answered by an ordinary B-tree.

A post stands in a strip (kind, radius class, band of latitude) at its longitude, with the Earth-centred place of its
area's centre. :func:`ranges` names, for a seeker, the few ranges of that order which hold every post the seeker can
meet. The straight chord between two centres is never longer than the way over the ground, so ``c² ≤ (r₁ + r₂)²`` never
loses a pair; :func:`longest_way` bounds the way from the other side, and only where a limit lies between the two bounds
must the geodesic itself be measured. Pure: no database, and only centres of published areas come in.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from app.geo.points import Floats
from app.kernel.quantities import Kilometres

KINDS: Final = ("offer", "request")

RADIUS_CLASSES: Final = (10.0, 40.0, 120.0, 600.0)
"""Largest travel radius of each class, kilometres. A far traveller costs only the tiny class of far travellers."""

BAND_DEGREES: Final = (0.05, 0.05, 0.1, 5.0)
"""Height of a class's bands in degrees of latitude; a twentieth is about 5.5 km."""

FIRST_RING: Final = 3.0
"""Kilometres a search looks at first, after its own centre."""

_LAST_RING: Final = 60.0
"""Beyond so many kilometres a search looks at once as far as anybody goes: that is hardly more ranges."""

_WIDER: Final = (2.5, 6.0)
"""How much wider than the one before a ring is at least and at most: where little is found, little is read."""

_SPARE: Final = 1.6
"""So many times what is asked for should stand in a ring, because hardly any country is evenly settled."""

SLACK: Final = 0.003
"""Kilometres: more than the rounding of a distance to the metre and of three coordinates to the millimetre."""

_KIND_STEP: Final = 1 << 20
_CLASS_STEP: Final = 1 << 12
_EQUATOR_KM: Final = 6378.137
_FLATTENED: Final = 0.0066943799901413165
"""WGS84: the radius of the equator and the square of the first eccentricity."""
_TIGHTEST_KM: Final = _EQUATOR_KM * (1 - _FLATTENED)
"""The smallest radius of curvature there is on WGS84: along the meridian at the equator."""
_ROUNDING: Final = 1e-7
_POLE: Final = 90.0
_HALF_TURN: Final = 180.0
_FULL_TURN: Final = 360.0


class Place(NamedTuple):
    """A centre as the index holds it: kilometres from the Earth's centre, to the millimetre."""

    x: float
    y: float
    z: float


class Range(NamedTuple):
    """One range of the order: a strip, and longitudes from ``west`` to ``east`` in degrees, edges included."""

    strip: int
    west: float
    east: float


def radius_class_of(travel: Kilometres) -> int:
    """The class of a travel radius of 0 to 600 km; a radius equal to a limit belongs to that limit's class."""
    if not 0 <= travel <= RADIUS_CLASSES[-1]:
        raise ValueError("a travel radius is between 0 and 600 km")
    return bisect_left(RADIUS_CLASSES, travel)


def strip_of(kind: str, latitude: float, travel: Kilometres) -> int:
    """Where a post stands, from its kind, the latitude of its area's centre and how far its author travels."""
    radius_class = radius_class_of(travel)
    return _strip(kind, radius_class, _band(radius_class, latitude))


def first_strip(kind: str) -> int:
    """No post of this kind stands in a lower strip, and none of an earlier kind in this or a higher one."""
    return (KINDS.index(kind) + 1) * _KIND_STEP


def place_of(latitude: float, longitude: float) -> Place:
    """The Earth-centred place of an area's centre on WGS84; rounded, so that every machine stores the same."""
    across, along = _meridian(latitude)
    turned = math.radians(longitude)
    return Place(round(across * math.cos(turned), 6), round(across * math.sin(turned), 6), round(along, 6))


def ring_after(ring: float, found: int, count: int) -> float:
    """
    The ring worth a look after ``ring`` gave ``found`` of ``count``: where, so densely, more than enough are.

    A guess about speed alone; it ends with the ring without end.
    """
    least, most = _WIDER
    wider = ring * min(most, max(least, math.sqrt(_SPARE * count / max(found, 0.5))))
    return wider if wider <= _LAST_RING else math.inf


def own_strips(kind: str, latitude: float) -> list[int]:
    """The strips in which those stand who live at this latitude, one for each class."""
    return [_strip(kind, radius_class, _band(radius_class, latitude)) for radius_class in range(len(RADIUS_CLASSES))]


def stands_once(latitude: float, longitude: float) -> bool:
    """Whether this centre has one name only: at a pole and at the antimeridian one place has several longitudes."""
    return abs(latitude) < _POLE and abs(longitude) < _HALF_TURN


def longest_way(chord: float) -> float:
    """
    No geodesic between two points ``chord`` kilometres apart in a straight line is longer than this.

    A line that bends nowhere more tightly than a circle is, over the same chord, never longer than the circle's arc.
    """
    return 2 * _TIGHTEST_KM * math.asin(min(1.0, chord / (2 * _TIGHTEST_KM))) + SLACK


def longest_ways(chords: Floats) -> Floats:
    """:func:`longest_way` of many chords; the last bit may differ, which is far less than the slack."""
    return 2 * _TIGHTEST_KM * np.arcsin(np.minimum(1.0, chords / (2 * _TIGHTEST_KM))) + SLACK


def ranges(
    kind: str, latitude: float, longitude: float, radius: Kilometres, *, within: float = math.inf
) -> list[Range]:
    """
    Ranges that hold every post of ``kind`` at most ``radius`` plus its own travel radius, and at most ``within``, away.

    They may hold a few more; the chord decides. Ranges never overlap, cross neither pole nor antimeridian, and come in
    a fixed order.
    """
    return [
        found
        for radius_class, reach in enumerate(RADIUS_CLASSES)
        for found in _class_ranges(kind, radius_class, latitude, longitude, min(radius + reach, within) + SLACK)
    ]


def _strip(kind: str, radius_class: int, band: int) -> int:
    """One number for the three; never below 2²⁰, so that a driver sends every strip in one and the same type."""
    return first_strip(kind) + radius_class * _CLASS_STEP + band


def _band(radius_class: int, latitude: float) -> int:
    return math.floor((latitude + _POLE) / BAND_DEGREES[radius_class])


@lru_cache(maxsize=20_000)
def _meridian(latitude: float) -> tuple[float, float]:
    """Distance from the Earth's axis and height above the plane of the equator, kilometres."""
    angle = math.radians(latitude)
    normal = _EQUATOR_KM / math.sqrt(1 - _FLATTENED * math.sin(angle) ** 2)
    return normal * math.cos(angle), normal * (1 - _FLATTENED) * math.sin(angle)


class _Band(NamedTuple):
    """A band's southern and northern edge in degrees, the places of both, and the shorter distance from the axis."""

    south: float
    north: float
    at_south: tuple[float, float]
    at_north: tuple[float, float]
    narrowest: float


@lru_cache(maxsize=20_000)
def _band_of(height: float, band: int) -> _Band:
    south, north = band * height - _POLE, min(_POLE, (band + 1) * height - _POLE)
    edges = _meridian(south), _meridian(north)
    return _Band(south, north, *edges, max(0.0, min(edges)[0]))


def _class_ranges(kind: str, radius_class: int, latitude: float, longitude: float, chord: float) -> Iterator[Range]:
    angle = math.degrees(longest_way(chord) / _TIGHTEST_KM) + _ROUNDING
    height = BAND_DEGREES[radius_class]
    first = _band(radius_class, max(-_POLE, latitude - angle))
    last = _band(radius_class, min(_POLE, latitude + angle))
    strip = _strip(kind, radius_class, 0)
    for band in range(first, last + 1):
        half = _half_width(latitude, _band_of(height, band), chord)
        if half is not None:
            for west, east in _around(longitude, half):
                yield Range(strip + band, west, east)


def _half_width(latitude: float, band: _Band, chord: float) -> float | None:
    """
    Half the longitudes, in degrees, that a chord reaches inside one band; None when it does not reach the band.

    From the exact identity c² = Δz² + Δρ² + 4 ρ₁ρ₂ sin²(Δλ/2): the point of the band's meridian nearest to the seeker
    leaves most of the chord for longitude, the parallel nearest to a pole stretches it most; taking both at once can
    only widen the range.
    """
    across, along = _meridian(latitude)
    left = chord * chord
    if not band.south <= latitude <= band.north:
        near_across, near_along = band.at_south if latitude < band.south else band.at_north
        left -= (across - near_across) ** 2 + (along - near_along) ** 2
        if left < 0:
            return None
    narrow = 4 * across * band.narrowest
    if left >= narrow:
        return _HALF_TURN
    return math.degrees(2 * math.asin(math.sqrt(left / narrow))) + _ROUNDING


def _around(longitude: float, half: float) -> list[tuple[float, float]]:
    """Longitudes within ``half`` degrees: one range, or two where the antimeridian is touched."""
    west, east = longitude - half, longitude + half
    if half >= _HALF_TURN:
        return [(-_HALF_TURN, _HALF_TURN)]
    if west <= -_HALF_TURN:
        return [(-_HALF_TURN, east), (west + _FULL_TURN, _HALF_TURN)]
    if east >= _HALF_TURN:
        return [(-_HALF_TURN, east - _FULL_TURN), (west, _HALF_TURN)]
    return [(west, east)]
