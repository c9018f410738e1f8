"""
Who is near whom, answered by an ordinary B-tree.

A post stands under (radius class, band of latitude, longitude). :func:`windows` names, for a seeker, the few ranges of
that order which hold every post the seeker can meet; the exact distance between the areas decides afterwards. Pure: no
database, and only centres of published areas come in.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.kernel.quantities import Kilometres

RADIUS_CLASSES: Final = (0, 5, 10, 25, 50, 100, 250, 1000)
"""Largest travel radius of each class, kilometres. A far traveller costs only the tiny class of far travellers."""

BAND_DEGREES: Final = (0.25, 0.25, 0.25, 0.25, 0.5, 1.0, 2.0, 5.0)
"""Height of a class's bands in degrees of latitude; about 28 km for the classes most people choose."""

_EARTH_RADIUS_KM: Final = 6371.0088
_SLACK: Final = 1.01
"""A length on the sphere is never longer than the same length on the WGS84 ellipsoid times this."""
_ROUNDING: Final = 1e-9
_POLE: Final = 90.0
_HALF_TURN: Final = 180.0
_FULL_TURN: Final = 360.0


@dataclass(frozen=True, slots=True)
class IndexKey:
    """The first two columns under which a post is found; its longitude is the third."""

    radius_class: int
    band: int


@dataclass(frozen=True, slots=True)
class Window:
    """One range of the order: a class, a band, and longitudes from ``west`` to ``east`` in degrees, edges included."""

    radius_class: int
    band: int
    west: float
    east: float


def radius_class_of(travel: Kilometres) -> int:
    """The class of a travel radius of 0 to 1000 km; a radius equal to a limit belongs to that limit's class."""
    if not 0 <= travel <= RADIUS_CLASSES[-1]:
        raise ValueError("a travel radius is between 0 and 1000 km")
    return bisect_left(RADIUS_CLASSES, travel)


def index_key(latitude: float, travel: Kilometres) -> IndexKey:
    """Where a post stands, from the latitude of its area's centre and how far its author travels."""
    radius_class = radius_class_of(travel)
    return IndexKey(radius_class, _band(radius_class, latitude))


def windows(latitude: float, longitude: float, radius: Kilometres) -> list[Window]:
    """
    Ranges that hold every post whose centre is at most ``radius`` plus its own travel radius away.

    They may hold a few more; the exact distance decides. Ranges never overlap, cross neither pole nor antimeridian, and
    come in a fixed order.
    """
    return [
        window
        for radius_class, reach in enumerate(RADIUS_CLASSES)
        for window in _class_windows(radius_class, latitude, longitude, _angle(radius + reach))
    ]


def _angle(length: float) -> float:
    """A length on the ground as an angle at the Earth's centre, radians, never too small and at most half a turn."""
    return min(math.pi, length * _SLACK / _EARTH_RADIUS_KM + _ROUNDING)


def _band(radius_class: int, latitude: float) -> int:
    return math.floor((latitude + _POLE) / BAND_DEGREES[radius_class])


def _class_windows(radius_class: int, latitude: float, longitude: float, angle: float) -> Iterator[Window]:
    reach = math.degrees(angle)
    first = _band(radius_class, max(-_POLE, latitude - reach))
    last = _band(radius_class, min(_POLE, latitude + reach))
    for band in range(first, last + 1):
        half = _half_width(latitude, band, BAND_DEGREES[radius_class], angle)
        for west, east in _around(longitude, half):
            yield Window(radius_class, band, west, east)


def _half_width(latitude: float, band: int, height: float, angle: float) -> float:
    """
    Half the longitudes, in degrees, that a cap of ``angle`` covers inside one band.

    From the exact chord identity c² = 4 sin²(Δφ/2) + 4 cos φ₁ cos φ₂ sin²(Δλ/2): the latitude in the band nearest to
    the seeker leaves most of the chord for longitude, the one nearest to a pole stretches it most; taking both at once
    can only widen the window.
    """
    south, north = band * height - _POLE, (band + 1) * height - _POLE
    apart = math.radians(max(south - latitude, latitude - north, 0.0))
    left = math.sin(angle / 2) ** 2 - math.sin(apart / 2) ** 2
    narrow = math.cos(math.radians(min(_POLE, max(abs(south), abs(north))))) * math.cos(math.radians(latitude))
    if left <= 0:
        return _ROUNDING
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
