"""Where to meet, as the pages of a plan and of a handoff show it: words, and the map beside the list."""

from typing import Any, Final

from flask import request
from flask_babel import gettext as _

from app.geo.distance import FARTHEST, DistanceBand
from app.handoffs import queries
from app.handoffs.queries.ground import Ground
from app.handoffs.routes.blueprint import blueprint
from app.handoffs.rules.safe_places import Kind
from app.handoffs.rules.states import Side
from app.kernel.words import N_
from app.web.login import member
from app.web.maps import Mark, pair_map
from app.web.templating import reader

CHOSEN: Final = "place"
"""The name in an address under which the id of a chosen public place stands."""

KINDS: Final = {
    Kind.POLICE: N_("police station"),
    Kind.FIRE_STATION: N_("fire station"),
    Kind.LIBRARY: N_("library"),
    Kind.HOSPITAL: N_("hospital"),
    Kind.CLINIC: N_("clinic"),
    Kind.PHARMACY: N_("pharmacy"),
    Kind.MILK_DEPOT: N_("milk depot"),
    Kind.COMMUNITY_CENTRE: N_("community centre"),
    Kind.TOWN_HALL: N_("town hall"),
}


def ground_parts(conversation_public_id: str, side: Side) -> dict[str, Any]:
    """What ``handoffs/_ground.html`` needs, for the one of the two who reads."""
    ground = queries.ground_for(member(), conversation_public_id)
    return {"ground": ground, "ground_side": side.value, "ground_map": _picture(ground) if ground else None}


def chosen_place(ground: Ground | None) -> str:
    """The words for the meeting's note of the suggestion that the address names; an empty string for none."""
    spot = ground.spot(request.args.get(CHOSEN, "")) if ground else None
    return _("%(name)s (%(kind)s)", name=spot.name, kind=kind_words(spot.kind)) if spot else ""


def _picture(ground: Ground) -> object:
    marks = [Mark(at=(spot.longitude_e4, spot.latitude_e4), words=spot.name) for spot in ground.spots]
    return pair_map(ground.donor_area, ground.donor_km, ground.family_area, ground.family_km, marks)


@blueprint.app_template_filter("place_kind")
def kind_words(kind: Kind) -> str:
    """What a public place is."""
    return str(_(KINDS[kind]))


@blueprint.app_template_filter("drive_words")
def drive_words(band: DistanceBand) -> str:
    """How far somebody drives, as a band in the reader's unit."""
    miles = reader().distance_unit == "mi"
    if band == FARTHEST:
        return str(_("more than %(n)s miles", n=150) if miles else _("more than %(n)s km", n=240))
    under = band.under_miles if miles else band.under_km
    return str(_("less than %(n)s miles", n=under) if miles else _("less than %(n)s km", n=under))
