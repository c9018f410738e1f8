"""
The atlas at close zoom: published areas in a map view, as JSON.

Public data, the same for everybody; what somebody looks at is neither kept nor logged as a place.
"""

from functools import lru_cache
from math import ceil, floor, isfinite
from typing import Final

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from app.geo.areas import Box
from app.geo.outlines import AtlasPage, areas_in_box
from app.infra.areas.storage import load_catalogue
from app.kernel.errors import Invalid
from app.kernel.words import N_
from app.web.access import public
from app.web.limits import limited

blueprint = Blueprint("places", __name__)

STEP: Final = 4
"""Views are widened to quarters of a degree, so that neighbours looking at one town share an answer."""

EDGES: Final = 4


def box_of(text: str) -> Box:
    """``south,west,north,east`` in degrees, widened to quarters of a degree. Raises :class:`Invalid`."""
    try:
        south, west, north, east = (float(part) for part in text.split(",", maxsplit=EDGES))
    except ValueError:
        raise _unreadable() from None
    if not all(isfinite(edge) for edge in (south, west, north, east)) or south > north or west > east:
        raise _unreadable()
    south, north = max(south, -90.0), min(north, 90.0)
    west, east = max(west, -180.0), min(east, 180.0)
    return Box(
        south=floor(south * STEP) / STEP, west=floor(west * STEP) / STEP, north=ceil(north * STEP) / STEP,
        east=ceil(east * STEP) / STEP,
    )  # fmt: skip


def _unreadable() -> Invalid:
    return Invalid({"box": [N_("A map view is south,west,north,east in degrees.")]})


@lru_cache(maxsize=128)
def _page(box: Box) -> AtlasPage:
    return areas_in_box(load_catalogue(), box)


@blueprint.get("/places/areas")
@public
@limited("240/minute")
def areas() -> ResponseReturnValue:
    """Outlines and names of the areas in ``?box=south,west,north,east``; wider regions where there are too many."""
    return jsonify(_page(box_of(request.args.get("box", ""))))
