"""Where two families could meet: the lens of both travel discs, computed from area centres only.

The same pair of areas and radii always gives the same lens. Shapes come as whole millidegrees, see
``app.geo.outlines``.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from pyproj import Proj
from shapely import Point as PlanePoint
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from app.geo.areas import Area
from app.geo.distance import WGS84, Centre, geodesic
from app.geo.outlines import MILLI
from app.geo.points import FULL_TURN, HALF_TURN
from app.kernel.quantities import Kilometres

_CORNERS: Final = 72


@dataclass(frozen=True, slots=True)
class Disc:
    """Everything within ``radius`` kilometres of an area's centre (two decimals)."""

    latitude: float
    longitude: float
    radius: Kilometres


@dataclass(frozen=True, slots=True)
class MeetingGround:
    """Both discs and what they share.

    ``lens`` is a GeoJSON geometry in whole millidegrees: a Polygon, a Point where the discs only touch or a radius is
    0, or None when they do not meet, which is exactly when the centres are further apart than both radii together.
    ``middle`` is a centre for the map, degrees with two decimals.
    """

    discs: tuple[Disc, Disc]
    lens: dict[str, Any] | None
    middle: Centre | None


def meeting_ground(a: Area, a_reach: Kilometres, b: Area, b_reach: Kilometres) -> MeetingGround:
    """The ground both can travel to, from two areas and two radii of at least 0 kilometres."""
    discs = Disc(*a.centre, a_reach), Disc(*b.centre, b_reach)
    if geodesic(a.centre, b.centre) > a_reach + b_reach:
        return MeetingGround(discs, None, None)
    plane = _plane_between(a.centre, b.centre)
    shared = _shared(discs, plane)
    latitude, longitude = _degrees(plane, shared.centroid.x, shared.centroid.y, a.longitude)
    return MeetingGround(discs, _geojson(shared, plane, a.longitude), (round(latitude, 2), _wrapped(longitude)))


def _plane_between(a: Centre, b: Centre) -> Proj:
    """An azimuthal equidistant plane around the point half way: at these sizes lengths are right to a few metres."""
    azimuth, _, metres = WGS84.inv(a[1], a[0], b[1], b[0])
    longitude, latitude, _ = WGS84.fwd(a[1], a[0], azimuth, metres / 2)
    return Proj(proj="aeqd", lat_0=latitude, lon_0=longitude, ellps="WGS84")


def _shared(discs: tuple[Disc, Disc], plane: Proj) -> BaseGeometry:
    first, second = (_flat(disc, plane) for disc in discs)
    shared = first.intersection(second)
    if isinstance(shared, (Polygon, PlanePoint)) and not shared.is_empty:
        return shared
    # Circles of 72 corners that only just touch can miss each other: the point on the way between them stands for
    # their lens.
    return _touching_point(discs, plane)


def _touching_point(discs: tuple[Disc, Disc], plane: Proj) -> PlanePoint:
    first, second = discs
    azimuth, _, metres = WGS84.inv(first.longitude, first.latitude, second.longitude, second.latitude)
    along = min(metres, first.radius * 1000)
    longitude, latitude, _ = WGS84.fwd(first.longitude, first.latitude, azimuth, along)
    return PlanePoint(*plane(longitude, latitude))


def _flat(disc: Disc, plane: Proj) -> BaseGeometry:
    if disc.radius <= 0:
        return PlanePoint(*plane(disc.longitude, disc.latitude))
    azimuths = np.linspace(0, 360, _CORNERS, endpoint=False)
    start = np.full(_CORNERS, disc.longitude), np.full(_CORNERS, disc.latitude)
    longitude, latitude, _ = WGS84.fwd(*start, azimuths, np.full(_CORNERS, disc.radius * 1000))
    return Polygon(np.column_stack(plane(longitude, latitude)))


def _geojson(shared: BaseGeometry, plane: Proj, near: float) -> dict[str, Any]:
    if isinstance(shared, Polygon):
        corners = [_milli(plane, x, y, near) for x, y in shared.exterior.coords]
        return {"type": "Polygon", "coordinates": [corners]}
    return {"type": "Point", "coordinates": _milli(plane, shared.centroid.x, shared.centroid.y, near)}


def _milli(plane: Proj, x: float, y: float, near: float) -> list[int]:
    latitude, longitude = _degrees(plane, x, y, near)
    return [round(longitude * MILLI), round(latitude * MILLI)]


def _degrees(plane: Proj, x: float, y: float, near: float) -> Centre:
    """Degrees of a plane point, its longitude on the same side of the antimeridian as ``near`` (so it may pass 180)."""
    longitude, latitude = plane(x, y, inverse=True)
    return float(latitude), near + (float(longitude) - near + HALF_TURN) % FULL_TURN - HALF_TURN


def _wrapped(longitude: float) -> float:
    return round((longitude + HALF_TURN) % FULL_TURN - HALF_TURN, 2)
