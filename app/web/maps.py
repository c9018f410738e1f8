"""
What a map draws, worked out from area ids and travel radii alone.

A page hands these to ``map`` of ``macros/map.html``; the script only draws. Nothing here is finer than an area, and two
homes in one area get the same bytes.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, Literal, NotRequired, TypedDict

from app.geo.areas import AreaId
from app.geo.outlines import Shape, shape
from app.infra.areas.storage import load_catalogue
from app.kernel.quantities import Kilometres

Side = Literal["offer", "request", "mine"]

MOST_PLACES: Final = 60
"""A map of a list draws at most so many areas; the list beside it holds all."""


class Place(TypedDict, total=False):
    """One area on a map. ``travel`` is the radius of its disc in kilometres; ``href`` is where a tap leads."""

    shape: Shape
    side: Side
    words: str
    travel: float
    href: str


class Mark(TypedDict):
    """A public place on a map, as longitude and latitude in whole ten-thousandths of a degree."""

    at: tuple[int, int]
    words: str


class Picture(TypedDict):
    """A whole map: areas, and the ground both can reach as GeoJSON in whole millidegrees, or None; public places."""

    places: list[Place]
    lens: dict[str, Any] | None
    marks: NotRequired[list[Mark]]


@lru_cache(maxsize=1_000)
def _shape(area: AreaId) -> Shape:
    """An area's shape, worked out once: whoever gets it changes nothing of it."""
    return shape(load_catalogue(), area)


def _place(area: AreaId, side: Side, words: str, travel: float | None, href: str | None) -> Place:
    catalogue = load_catalogue()
    drawn: Place = {
        "shape": _shape(area),
        "side": side,
        "words": words or catalogue.area(area).name,
    }
    if travel:
        drawn["travel"] = float(travel)
    if href:
        drawn["href"] = href
    return drawn


def pair_map(
    offer_area: int, offer_km: float, request_area: int, request_km: float, marks: Sequence[Mark] = ()
) -> Picture | None:
    """
    Both areas, both travel discs, the lens they share, and public places in it.

    None when an area is unknown, and then no map stands.
    """
    # What draws the lens takes 14 MB, which a process that shows no such map need not hold.
    from app.geo.lens import meeting_ground

    catalogue = load_catalogue()
    donor, family = AreaId(offer_area), AreaId(request_area)
    if donor not in catalogue or family not in catalogue:
        return None
    ground = meeting_ground(catalogue.area(donor), Kilometres(offer_km), catalogue.area(family), Kilometres(request_km))
    places = [_place(donor, "offer", "", offer_km, None), _place(family, "request", "", request_km, None)]
    drawn: Picture = {"places": places, "lens": ground.lens}
    return {**drawn, "marks": list(marks)} if marks else drawn


def areas_map(rows: Sequence[tuple[int, Side, str, float | None, str | None]]) -> Picture:
    """
    The areas of a list: rows of (area, side, words, travel radius in kilometres or None, address or None).

    Several rows of one area and side are drawn once, with their words one below the other; unknown areas are left out.
    """
    catalogue = load_catalogue()
    drawn: dict[tuple[int, Side], Place] = {}
    for area, side, words, travel, href in rows:
        known = drawn.get((area, side))
        if known is not None:
            known["words"] = "\n".join(dict.fromkeys([*known["words"].split("\n"), words]))
        elif AreaId(area) in catalogue and len(drawn) < MOST_PLACES:
            drawn[area, side] = _place(AreaId(area), side, words, travel, href)
    return {"places": list(drawn.values()), "lens": None}
