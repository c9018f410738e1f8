"""Boxes of degrees around a centre: the cheap first filter of a map view or a database index."""

from dataclasses import dataclass

import numpy as np

from app.geo.distance import Centre
from app.geo.points import EARTH_RADIUS_KM, ELLIPSOID_SLACK, FULL_TURN, HALF_TURN, POLE
from app.kernel.quantities import Kilometres


@dataclass(frozen=True, slots=True)
class Box:
    """Degrees between which centres lie, edges included; `west` is never greater than `east`."""

    south: float
    west: float
    north: float
    east: float


def boxes_around(centre: Centre, radius: Kilometres) -> list[Box]:
    """One box, or two where the antimeridian is crossed, that hold everything within `radius` of a centre."""
    latitude, longitude = centre
    reach = float(np.degrees(radius * ELLIPSOID_SLACK / EARTH_RADIUS_KM))
    south, north = latitude - reach, latitude + reach
    if south <= -POLE or north >= POLE:
        return [Box(max(south, -POLE), -HALF_TURN, min(north, POLE), HALF_TURN)]
    half = float(np.degrees(np.arcsin(np.sin(np.radians(reach)) / np.cos(np.radians(latitude)))))
    west, east = longitude - half, longitude + half
    if west < -HALF_TURN:
        return [Box(south, west + FULL_TURN, north, HALF_TURN), Box(south, -HALF_TURN, north, east)]
    if east > HALF_TURN:
        return [Box(south, west, north, HALF_TURN), Box(south, -HALF_TURN, north, east - FULL_TURN)]
    return [Box(south, west, north, east)]
