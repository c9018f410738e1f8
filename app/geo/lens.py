"""The lens that two travel discs share, as a shape for a map, computed from area centres only.

The same pair of areas and radii always gives the same lens. Shapes come as whole millidegrees, see
``app.geo.outlines``. The drawn shape has corners and is for eyes alone: which public places lie in it is decided in
``app.geo.meeting``.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from shapely import Point as PlanePoint
from shapely import Polygon, get_coordinates
from shapely.geometry.base import BaseGeometry

from app.geo.areas import Area
from app.geo.distance import Centre, geodesic, wgs84
from app.geo.meeting import Disc, Discs, discs_of
from app.geo.outlines import MILLI
from app.geo.points import FULL_TURN, HALF_TURN, Floats
from app.kernel.quantities import Kilometres

_WGS84: Final = wgs84()
_CORNERS: Final = 72
_AZIMUTHS: Final = np.linspace(0, 360, _CORNERS, endpoint=False)


@dataclass(frozen=True, slots=True)
class MeetingGround:
    """Both discs and what they share.

    ``lens`` is a GeoJSON geometry in whole millidegrees: a Polygon, a Point where the discs only touch or a radius is
    0, or None when they do not meet, which is exactly when the centres are further apart than both radii together.
    ``middle`` is a centre for the map, degrees with two decimals.
    """

    discs: Discs
    lens: dict[str, Any] | None
    middle: Centre | None


def meeting_ground(a: Area, a_reach: Kilometres, b: Area, b_reach: Kilometres) -> MeetingGround:
    """The ground both can travel to, from two areas and two radii of at least 0 kilometres."""
    discs = discs_of(a, a_reach, b, b_reach)
    if geodesic(a.centre, b.centre) > a_reach + b_reach:
        return MeetingGround(discs, None, None)
    plane = _Plane.between(a.centre, b.centre)
    shared = _shared(discs, plane)
    (longitude, latitude), *_rest = _degrees(plane, shared.centroid, a.longitude)
    return MeetingGround(discs, _geojson(shared, plane, a.longitude), (round(latitude, 2), _wrapped(longitude)))


@dataclass(frozen=True, slots=True)
class _Plane:
    """
    An azimuthal equidistant plane around a point: at these sizes lengths are right to a few metres.

    Both ways are geodesics from the middle, asked for a whole shape at once; a projection object of the library does
    the same, but takes a millisecond to be made and every pair needs another.
    """

    latitude: float
    longitude: float

    @classmethod
    def between(cls, a: Centre, b: Centre) -> "_Plane":
        """The plane around the point half way."""
        azimuth, _, metres = _WGS84.inv(a[1], a[0], b[1], b[0])
        longitude, latitude, _ = _WGS84.fwd(a[1], a[0], azimuth, metres / 2)
        return cls(latitude, longitude)

    def flat(self, longitude: Floats, latitude: Floats) -> Floats:
        """Metres east and north of the middle, a row each."""
        middle = np.full(longitude.shape, self.longitude), np.full(latitude.shape, self.latitude)
        azimuth, _, metres = _WGS84.inv(*middle, longitude, latitude)
        turned = np.radians(azimuth)
        return np.column_stack((metres * np.sin(turned), metres * np.cos(turned)))

    def round(self, flat: Floats) -> tuple[Floats, Floats]:
        """Longitudes and latitudes, in degrees, of rows of metres."""
        east, north = flat[:, 0], flat[:, 1]
        middle = np.full(east.shape, self.longitude), np.full(east.shape, self.latitude)
        longitude, latitude, _ = _WGS84.fwd(*middle, np.degrees(np.arctan2(east, north)), np.hypot(east, north))
        return longitude, latitude


def _shared(discs: Discs, plane: _Plane) -> BaseGeometry:
    first, second = (_flat(disc, plane) for disc in discs)
    shared = first.intersection(second)
    if isinstance(shared, (Polygon, PlanePoint)) and not shared.is_empty:
        return shared
    # Circles of 72 corners that only just touch can miss each other: the point on the way between them stands for
    # their lens.
    return _touching_point(discs, plane)


def _touching_point(discs: Discs, plane: _Plane) -> PlanePoint:
    first, second = discs
    azimuth, _, metres = _WGS84.inv(first.longitude, first.latitude, second.longitude, second.latitude)
    along = min(metres, first.radius * 1000)
    longitude, latitude, _ = _WGS84.fwd(first.longitude, first.latitude, azimuth, along)
    return PlanePoint(plane.flat(np.array([longitude]), np.array([latitude]))[0])


def _flat(disc: Disc, plane: _Plane) -> BaseGeometry:
    if disc.radius <= 0:
        return PlanePoint(plane.flat(np.array([disc.longitude]), np.array([disc.latitude]))[0])
    start = np.full(_CORNERS, disc.longitude), np.full(_CORNERS, disc.latitude)
    longitude, latitude, _ = _WGS84.fwd(*start, _AZIMUTHS, np.full(_CORNERS, disc.radius * 1000))
    return Polygon(plane.flat(longitude, latitude))


def _geojson(shared: BaseGeometry, plane: _Plane, near: float) -> dict[str, Any]:
    if isinstance(shared, Polygon):
        return {"type": "Polygon", "coordinates": [_milli(_degrees(plane, shared.exterior, near))]}
    return {"type": "Point", "coordinates": _milli(_degrees(plane, shared.centroid, near))[0]}


def _milli(degrees: list[list[float]]) -> list[list[int]]:
    return [[round(longitude * MILLI), round(latitude * MILLI)] for longitude, latitude in degrees]


def _degrees(plane: _Plane, shape: BaseGeometry, near: float) -> list[list[float]]:
    """
    Longitude and latitude of each corner of a plane shape.

    Longitudes are on the same side of the antimeridian as ``near``, so they may pass 180.
    """
    longitude, latitude = plane.round(get_coordinates(shape))
    beside = near + (longitude - near + HALF_TURN) % FULL_TURN - HALF_TURN
    degrees: list[list[float]] = np.column_stack((beside, latitude)).tolist()
    return degrees


def _wrapped(longitude: float) -> float:
    return round((longitude + HALF_TURN) % FULL_TURN - HALF_TURN, 2)
