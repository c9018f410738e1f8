"""The raw point: the one coordinate type, alive only between a place picker's input and ``AreaCatalogue.snap``.

Nothing but the picker's edge (``app.infra.areas``, ``app.infra.gazetteer``, ``app.infra.geocoding``) and ``app.geo``
itself may import this module; an import contract keeps it so. A point is never stored, logged, or returned to anyone.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

EARTH_RADIUS_KM: Final = 6371.0088
"""Mean radius of the Earth in kilometres (IUGG)."""

ELLIPSOID_SLACK: Final = 1.01
"""A length on the sphere times this is never shorter than the same length on the WGS84 ellipsoid."""
POLE: Final = 90.0
"""Degrees of latitude at the pole."""
HALF_TURN: Final = 180.0
"""Degrees of longitude at the antimeridian."""
FULL_TURN: Final = 360.0
"""Degrees all the way round."""

Floats = npt.NDArray[np.float64]


class NotOnEarth(ValueError):  # noqa: N818 - reads as what the person is told.
    """A latitude or longitude outside its range, or not a number; the message never repeats the value."""


@dataclass(frozen=True, slots=True, repr=False)
class Point:
    """A place on Earth in degrees, on its way to an area; its ``repr`` hides the figures so that no log can hold them.

    Raises NotOnEarth for a latitude beyond ±90, a longitude beyond ±180, or a value that is not finite.
    """

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        """Refuse what is not on Earth, without repeating it."""
        if not (math.isfinite(self.latitude) and math.isfinite(self.longitude)):
            raise NotOnEarth("a coordinate is not a number")
        if abs(self.latitude) > POLE or abs(self.longitude) > HALF_TURN:
            raise NotOnEarth("a coordinate is out of range")

    def __repr__(self) -> str:
        """A word instead of figures."""
        return "Point(hidden)"


def unit_vectors(latitude: npt.ArrayLike, longitude: npt.ArrayLike) -> Floats:
    """Points as unit vectors from the Earth's centre, one row each: nearness without seams at the antimeridian or the
    poles.
    """
    lat, lon = np.radians(np.asarray(latitude, dtype=np.float64)), np.radians(np.asarray(longitude, dtype=np.float64))
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)


def degrees_of(vectors: Floats) -> tuple[Floats, Floats]:
    """Latitudes and longitudes, in degrees, of vectors of any length above zero."""
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    return np.degrees(np.arctan2(z, np.hypot(x, y))), np.degrees(np.arctan2(y, x))
