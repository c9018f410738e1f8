"""Posts by the places they stand in, and the ways between those places: worked out once, for all posts there."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.geo.areas import AreaCatalogue
from app.geo.distance import BANDS, band_orders
from app.geo.near import Centres, Near, near
from app.kernel.ordering import stable_order
from app.matching.rules.many.columns import Bools, Float64, Int8, Int32, Int64

_TRAVEL_CLASSES: Final = (60.0, 120.0)
_CLASSES: Final = len(_TRAVEL_CLASSES) + 1


class Sites(NamedTuple):
    """Posts of one side by site (area): those of a site lie between two of ``start``, ``reach`` the farthest travels,
    ``most`` is the most points that one of them brings by itself; ``farthest`` and ``richest`` are the greatest of
    each.
    """

    start: Int64
    reach: Float64
    most: Float64
    farthest: float
    richest: float


class Ways(NamedTuple):
    """From each site of one side to those of the other it can meet: nearest band first."""

    start: Int64
    other: Int32
    metres: Int32
    band: Int8


def keys(area: Int32, travel: Float64) -> Int64:
    """Area and class of travel as one number: far travellers, being few, widen nobody's search."""
    keys: Int64 = area.astype(np.int64) * _CLASSES + np.searchsorted(_TRAVEL_CLASSES, travel)
    return keys


def sites(area: Int64, known: Int64, usable: Bools, travel: Float64, most: Float64) -> tuple[Sites, Int32]:
    """Sites over the usable posts laid out by site, those that bring the most first; and that layout's positions."""
    rows = np.flatnonzero(usable)
    site = np.searchsorted(known, area[rows])
    order = np.lexsort((rows, -most[rows], site))
    start = np.searchsorted(site[order], np.arange(len(known) + 1)).astype(np.int64)
    reach, best = np.full(len(known), -1.0), np.full(len(known), -np.inf)
    np.maximum.at(reach, site, travel[rows])
    np.maximum.at(best, site, most[rows])
    return Sites(start, reach, best, reach.max(initial=-1.0), best.max(initial=0.0)), rows[order].astype(np.int32)


def ways_between(areas: AreaCatalogue, seeking: Int64, seekers: Sites, found: Int64, others: Sites) -> Ways:
    """The ways between sites whose posts could meet; the keys of both sides' sites are those of :func:`keys`."""
    joined = near(_centres(areas, seeking, seekers), _centres(areas, found, others))
    seeker = np.repeat(np.arange(len(seeking)), np.diff(joined.start))
    same = seeking[seeker] // _CLASSES == found[joined.other] // _CLASSES
    band = np.where(same, 0, band_orders(joined.metres / 1000)).astype(np.int8)
    return _by_band(joined, seeker, band)


def _by_band(joined: Near, seeker: NDArray[np.intp], band: Int8) -> Ways:
    order = np.argsort(seeker * len(BANDS) + band, kind="stable")
    return Ways(joined.start, joined.other[order], joined.metres[order], band[order])


def _centres(areas: AreaCatalogue, ids: Int64, sites: Sites) -> Centres:
    # A site without an open post has a reach below zero and meets nobody.
    return Centres(*areas.centres(ids // _CLASSES - 1), np.where(sites.reach < 0, -1e9, sites.reach))


def turned(ways: Ways, count: int) -> Ways:
    """The same ways from the other side."""
    seeker = np.repeat(np.arange(len(ways.start) - 1, dtype=np.int32), np.diff(ways.start))
    order = stable_order(ways.other.astype(np.int64) * len(BANDS) + ways.band)
    start = np.searchsorted(ways.other[order], np.arange(count + 1)).astype(np.int64)
    return Ways(start, seeker[order], ways.metres[order], ways.band[order])
