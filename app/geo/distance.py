"""Distances between area centres, the bands in which people see them, and the travel radii they may choose.

Every distance is a WGS84 geodesic between two published centres, rounded to the metre. People only ever see a band.
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from app.geo.points import Floats
from app.kernel.quantities import Kilometres

if TYPE_CHECKING:
    from pyproj import Geod

SEMI_MAJOR_KM: Final = 6378.137
ECCENTRICITY2: Final = 0.00669437999014133
"""WGS84 as pyproj has it: the radius of the equator, and the square of the first eccentricity."""

TRAVEL_KM: Final = (0, 5, 10, 15, 25, 40, 60, 80, 120)
"""Travel radii to choose from, kilometres; 0 means pickup only or no car."""
TRAVEL_MILES: Final = (0, 3, 6, 10, 15, 25, 40, 50, 75)
"""The same menu for people who think in miles, entry by entry beside ``TRAVEL_KM``."""

Centre = tuple[float, float]
"""Latitude and longitude of an area's centre, degrees with two decimals."""


@dataclass(frozen=True, slots=True)
class DistanceBand:
    """How far apart two areas are, as told to people.

    ``code`` is stable for machines and translations. ``under_km`` and ``under_miles`` are the upper limits (None for
    the farthest band); ``middle`` is the distance that counts when distance earns points, so that inside a band order
    never follows distance.
    """

    code: str
    label_km: str
    label_miles: str
    under_km: int | None
    under_miles: int | None
    middle: Kilometres
    order: int


def _band(order: int, under_km: int, under_miles: int, middle: float) -> DistanceBand:
    return DistanceBand(
        f"under_{under_km}_km",
        f"< {under_km} km",
        f"< {under_miles} mi",
        under_km,
        under_miles,
        Kilometres(middle),
        order,
    )


SAME_AREA: Final = DistanceBand("same_area", "", "", 0, 0, Kilometres(1.0), 0)
"""Both in one area: the face says so in words; the labels are empty."""
FARTHEST: Final = DistanceBand("over_240_km", "> 240 km", "> 150 mi", None, None, Kilometres(320.0), 8)
BANDS: Final = (
    SAME_AREA,
    _band(1, 5, 3, 2.5),
    _band(2, 10, 6, 7.5),
    _band(3, 25, 15, 17.5),
    _band(4, 50, 30, 37.5),
    _band(5, 80, 50, 65.0),
    _band(6, 160, 100, 120.0),
    _band(7, 240, 150, 200.0),
    FARTHEST,
)
"""All bands from near to far. Miles are the customary round figures of the same bands, not a second set of limits."""
_LIMITS: Final = np.array([band.under_km for band in BANDS[1:-1]], dtype=np.float64)


@cache
def wgs84() -> "Geod":
    """The ellipsoid's geodesics; the library is loaded by whoever measures first, for a plan hardly measures."""
    from pyproj import Geod

    return Geod(ellps="WGS84")


def geodesic(a: Centre, b: Centre) -> Kilometres:
    """Length of the shortest way between two centres on the WGS84 ellipsoid, to the metre; the same in both
    directions.
    """
    (lat1, lon1), (lat2, lon2) = sorted((a, b))
    return Kilometres(round(float(wgs84().inv(lon1, lat1, lon2, lat2)[2]) / 1000, 3))


def geodesics(a: Centre, latitude: Floats, longitude: Floats) -> Floats:
    """``geodesic`` from one centre to many, kilometres, to the last bit."""
    swapped = (a[0] > latitude) | ((a[0] == latitude) & (a[1] > longitude))
    lat1, lon1 = np.where(swapped, latitude, a[0]), np.where(swapped, longitude, a[1])
    lat2, lon2 = np.where(swapped, a[0], latitude), np.where(swapped, a[1], longitude)
    metres = wgs84().inv(lon1, lat1, lon2, lat2)[2]
    return np.round(np.asarray(metres, dtype=np.float64) / 1000, 3)


def band_orders(lengths: Floats) -> npt.NDArray[np.int64]:
    """``band_of(…).order`` of many lengths, for places that are not one area."""
    return np.searchsorted(_LIMITS, lengths, side="right") + 1


def band_of(length: Kilometres, *, same_area: bool = False) -> DistanceBand:
    """The band a distance falls into; a distance equal to a limit belongs to the next band ("under 5 km" is under)."""
    if same_area:
        return SAME_AREA
    return next((band for band in BANDS[1:-1] if band.under_km is not None and length < band.under_km), FARTHEST)
