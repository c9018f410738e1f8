"""Shapes for maps: area outlines and town names, from public data only.

Coordinates of outlines are whole **millidegrees** (``[longitude, latitude]``, GeoJSON order), never decimal degrees: so
no answer of this site holds a coordinate with more than two decimals, and a test can say so for every byte. Leaflet
reads them with ``coordsToLatLng: ([x, y]) => L.latLng(y / 1000, x / 1000)``.
"""

from typing import Any, Final, Literal, TypedDict

from app.geo.areas import AreaCatalogue, AreaId, Box
from app.geo.points import FULL_TURN, HALF_TURN
from app.geo.sizes import COARSE, FINE

MILLI: Final = 1000
MOST_SHAPES: Final = 300
"""An answer holds at most so many shapes."""

Ring = list[list[int]]


class Outline(TypedDict):
    """A GeoJSON geometry whose coordinates are whole millidegrees."""

    type: Literal["MultiPolygon"]
    coordinates: list[list[Ring]]


class Shape(TypedDict):
    """One area on the map: ``centre`` is ``[latitude, longitude]`` in degrees with two decimals, ``kind`` is ``area``
    or
    ``region``.
    """

    id: int
    kind: Literal["area", "region"]
    name: str
    country: str
    centre: list[float]
    outline: Outline


class AtlasPage(TypedDict):
    """What a map view shows; ``complete`` is False when the view is too wide to draw."""

    kind: Literal["area", "region"]
    complete: bool
    shapes: list[Shape]


def ring_of(points: list[Any]) -> Ring:
    """A ring of ``(longitude, latitude)`` degrees in whole millidegrees; one that crosses the antimeridian goes on past
    180,000.
    """
    longitudes = [float(x) for x, _ in points]
    crosses = max(longitudes) - min(longitudes) > HALF_TURN
    return [
        [round((x + FULL_TURN if crosses and x < 0 else x) * MILLI), round(float(y) * MILLI)]
        for x, (_, y) in zip(longitudes, points, strict=True)
    ]


def outline(catalogue: AreaCatalogue, area: AreaId) -> Outline:
    """The outline of an area's cells; of a region only roughly, in cells of 250 km². Raises UnknownArea."""
    # Whoever draws no map does without the library.
    import h3.api.basic_int as h3

    cells = catalogue.cells_of(area)
    if catalogue.wider(area) == area:
        drawn = {h3.cell_to_parent(cell, COARSE) for cell in cells}
    else:
        drawn = {child for cell in cells for child in h3.cell_to_children(cell, FINE)}
    geometry = h3.cells_to_geo(sorted(drawn))
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return {"type": "MultiPolygon", "coordinates": [[ring_of(list(ring)) for ring in polygon] for polygon in polygons]}


def shape(catalogue: AreaCatalogue, area: AreaId) -> Shape:
    """One area ready for JSON. Raises UnknownArea."""
    public = catalogue.area(area)
    return {
        "id": int(public.id),
        "kind": "region" if public.is_region else "area",
        "name": public.name,
        "country": public.country,
        "centre": [public.latitude, public.longitude],
        "outline": outline(catalogue, area),
    }


def areas_in_box(catalogue: AreaCatalogue, box: Box, *, limit: int = MOST_SHAPES) -> AtlasPage:
    """The areas whose centre lies in a map view; the wider regions when there are more than ``limit`` areas.

    With more regions than ``limit`` there are no shapes at all and ``complete`` is False: the view is too wide to
    pick from.
    """
    areas = catalogue.areas_between(box)
    if len(areas) <= limit:
        return {"kind": "area", "complete": True, "shapes": [shape(catalogue, area) for area in areas]}
    regions = catalogue.areas_between(box, regions=True)
    if len(regions) <= limit:
        return {"kind": "region", "complete": True, "shapes": [shape(catalogue, area) for area in regions]}
    return {"kind": "region", "complete": False, "shapes": []}
