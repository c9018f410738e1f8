"""Where two families could meet: both travel discs, and how far each drives to a public place, from area centres only.

Which public places both can reach is decided by the lengths of both ways (:func:`ways_to`), to the metre; what a map
draws is worked out in ``app.geo.lens``, whose libraries nobody needs who draws none.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

from app.geo.areas import Area, Box
from app.geo.distance import geodesics
from app.geo.points import EARTH_RADIUS_KM, ELLIPSOID_SLACK, FULL_TURN, HALF_TURN, POLE, Floats
from app.kernel.quantities import Kilometres

_SPARE_DEGREES: Final = 1e-4
"""A box is so much wider on each side, which is more than a rounding and eleven metres at most."""


@dataclass(frozen=True, slots=True)
class Disc:
    """Everything within ``radius`` kilometres of an area's centre (two decimals)."""

    latitude: float
    longitude: float
    radius: Kilometres


Discs = tuple[Disc, Disc]
"""The travel discs of the two."""


def discs_of(a: Area, a_reach: Kilometres, b: Area, b_reach: Kilometres) -> Discs:
    """The travel discs of two areas, for whoever needs no shape."""
    return Disc(*a.centre, a_reach), Disc(*b.centre, b_reach)


def at_most(discs: Discs, most: Kilometres) -> Discs:
    """The same two, neither travelling further than ``most``: what they share is where the greater way is that long."""
    one, other = discs
    return replace(one, radius=min(one.radius, most)), replace(other, radius=min(other.radius, most))


def ways_to(discs: Discs, latitude: Floats, longitude: Floats) -> tuple[Floats, Floats]:
    """Kilometres from each of the two centres to many public places, in their order."""
    one, other = discs
    return (
        geodesics((one.latitude, one.longitude), latitude, longitude),
        geodesics((other.latitude, other.longitude), latitude, longitude),
    )


def around(area: Area, radius: Kilometres) -> tuple[Box, ...]:
    """Boxes that hold everything within ``radius`` of an area's centre: one, or two at the antimeridian."""
    return boxes_around(discs_of(area, radius, area, radius))


def boxes_around(discs: Discs) -> tuple[Box, ...]:
    """
    Boxes that together hold everything within both discs, and little else.

    One; two where they cross the antimeridian; none when the discs' own boxes do not meet.
    """
    one, other = discs
    heights = _height(one), _height(other)
    south, north = max(low for low, _ in heights), min(high for _, high in heights)
    apart = (other.longitude - one.longitude + HALF_TURN) % FULL_TURN - HALF_TURN
    widths = _half_width(one), _half_width(other)
    if max(widths) >= HALF_TURN:
        # A disc around a pole holds every longitude, so the narrower disc alone says how wide.
        at, half = min(((one.longitude, widths[0]), (other.longitude, widths[1])), key=lambda each: each[1])
        west, east = at - half, at + half
    else:
        west = one.longitude + max(-widths[0], apart - widths[1])
        east = one.longitude + min(widths[0], apart + widths[1])
    return _boxes(south, west, north, east) if south <= north and west <= east else ()


def _height(disc: Disc) -> tuple[float, float]:
    angle = math.degrees(disc.radius * ELLIPSOID_SLACK / EARTH_RADIUS_KM) + _SPARE_DEGREES
    return max(-POLE, disc.latitude - angle), min(POLE, disc.latitude + angle)


def _half_width(disc: Disc) -> float:
    """Degrees of longitude a disc reaches to either side: all the way round when a pole lies in it."""
    angle = disc.radius * ELLIPSOID_SLACK / EARTH_RADIUS_KM
    tilt = math.radians(disc.latitude)
    if abs(tilt) + angle >= math.pi / 2:
        return HALF_TURN
    return math.degrees(math.asin(math.sin(angle) / math.cos(tilt))) + _SPARE_DEGREES


def _boxes(south: float, west: float, north: float, east: float) -> tuple[Box, ...]:
    if east - west >= FULL_TURN:
        return (Box(south, -HALF_TURN, north, HALF_TURN),)
    if west < -HALF_TURN:
        return Box(south, -HALF_TURN, north, east), Box(south, west + FULL_TURN, north, HALF_TURN)
    if east > HALF_TURN:
        return Box(south, west, north, HALF_TURN), Box(south, -HALF_TURN, north, east - FULL_TURN)
    return (Box(south, west, north, east),)
