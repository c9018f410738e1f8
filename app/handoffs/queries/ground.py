"""
The ground of a handoff: both areas, both travel discs, and the public places that both can reach.

Strictly from area ids and travel radii: the two people of a conversation read it, and it is the same for everybody who
lives in the same two areas.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sqlalchemy import Select, and_, or_, select

from app.accounts.queries import are_blocked
from app.geo.areas import AreaCatalogue, AreaId, Box
from app.geo.distance import DistanceBand, band_of
from app.geo.meeting import Discs, at_most, boxes_around, discs_of, ways_to
from app.handoffs.models import SafePlace
from app.handoffs.permissions import PLAN
from app.handoffs.queries.joined import OfferPost, RequestPost
from app.handoffs.rules.ground import (
    MOST_SHOWN,
    Reached,
    Situation,
    fairest,
    looked_for,
    minutes_on_the_way,
    situation_of,
)
from app.handoffs.rules.safe_places import PER_DEGREE, Kind, strip_of
from app.infra.areas.storage import load_catalogue
from app.infra.transaction import session
from app.kernel.access import Identity, authorise
from app.kernel.errors import NotFound
from app.kernel.quantities import Kilometres
from app.messaging.models import Conversation

_FIRST_RING: Final = 0.5
_WIDER: Final = (6.0, 2.5)
"""
Nobody can meet nearer than half the way between the areas, so a search begins with ways so many kilometres longer than
that, and looks so many times further while it has found nothing, or too little.
"""


@dataclass(frozen=True, slots=True)
class Spot:
    """A public place that both can reach; how far each drives is a band. ``osm`` is its OpenStreetMap id or None."""

    public_id: str
    name: str
    kind: Kind
    latitude_e4: int
    longitude_e4: int
    donor_band: DistanceBand
    family_band: DistanceBand
    minutes: int
    is_demo: bool
    osm: str | None


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the two of a conversation may meet, fairest first; ``credits`` names whoever the list is from."""

    situation: Situation
    donor_area: AreaId
    donor_km: Kilometres
    family_area: AreaId
    family_km: Kilometres
    apart: DistanceBand
    minutes: int
    spots: tuple[Spot, ...]
    credits: tuple[str, ...]

    def spot(self, public_id: str) -> Spot | None:
        """The suggestion of this id; None when it is not among them."""
        return next((spot for spot in self.spots if spot.public_id == public_id), None)


def ground_for(actor: Identity, conversation_public_id: str) -> Ground | None:
    """
    The ground of a conversation, for one of its two people; None when one of the areas is not known any more, and once
    the two meet no more: one blocked the other, or the conversation is closed. Where she lives and whether she moved is
    then nobody's to read.

    Raises :class:`NotFound` for everybody else.
    """
    wanted = (
        select(Conversation, OfferPost.area_id, OfferPost.travel_km, RequestPost.area_id, RequestPost.travel_km)
        .join(OfferPost, OfferPost.id == Conversation.offer_id)
        .join(RequestPost, RequestPost.id == Conversation.request_id)
        .where(Conversation.public_id == conversation_public_id)
    )
    found = session().execute(wanted).one_or_none()
    if found is None:
        raise NotFound
    conversation, donor_area, donor_km, family_area, family_km = found
    authorise(actor, PLAN, conversation)
    if conversation.closed_at is not None or are_blocked(conversation.donor_id, conversation.family_id):
        return None
    return ground_between(AreaId(donor_area), Kilometres(donor_km), AreaId(family_area), Kilometres(family_km))


def ground_between(
    donor_area: AreaId, donor_km: Kilometres, family_area: AreaId, family_km: Kilometres
) -> Ground | None:
    """The ground of two areas and travel radii; None when an area is not known."""
    catalogue = load_catalogue()
    if donor_area not in catalogue or family_area not in catalogue:
        return None
    apart = catalogue.distance(donor_area, family_area)
    situation = situation_of(donor_km, family_km, apart)
    spots: list[Spot] = []
    credited: list[str] = []
    if situation is not Situation.APART:
        discs = _discs(catalogue, donor_area, donor_km, family_area, family_km)
        spots, credited = _described(places_within(discs, apart))
    half = Kilometres(apart / 2)
    return Ground(
        situation, donor_area, donor_km, family_area, family_km, catalogue.band(donor_area, family_area),
        spots[0].minutes if spots else minutes_on_the_way(half, half), tuple(spots), tuple(credited),
    )  # fmt: skip


def _discs(
    catalogue: AreaCatalogue, donor_area: AreaId, donor_km: Kilometres, family_area: AreaId, family_km: Kilometres
) -> Discs:
    donor, family = catalogue.area(donor_area), catalogue.area(family_area)
    return discs_of(donor, looked_for(donor_km), family, looked_for(family_km))


def places_within(discs: Discs, apart: Kilometres, *, most: int = MOST_SHOWN) -> list[Reached]:
    """
    The fairest places of the list inside both discs.

    Looks where the greater way is short first. All places whose greater way is at most so long come before all others,
    so as soon as enough are found, no wider search can change them.
    """
    furthest = max(disc.radius for disc in discs)
    ring = _FIRST_RING
    while True:
        longest = Kilometres(apart / 2 + ring)
        found = fairest(_reached(at_most(discs, longest)), most=most)
        if len(found) == most or longest >= furthest:
            return found
        ring *= _WIDER[bool(found)]


def _reached(discs: Discs) -> Iterable[Reached]:
    boxes = boxes_around(discs)
    rows = session().execute(_in_boxes(boxes)).all() if boxes else []
    if not rows:
        return
    places = np.array([(row.latitude_e4, row.longitude_e4) for row in rows], dtype=np.float64) / PER_DEGREE
    donor_ways, family_ways = ways_to(discs, places[:, 0], places[:, 1])
    inside = (donor_ways <= discs[0].radius) & (family_ways <= discs[1].radius)
    for at in np.flatnonzero(inside).tolist():
        row = rows[at]
        ways = Kilometres(float(donor_ways[at])), Kilometres(float(family_ways[at]))
        yield Reached(row.ref, row.name, Kind(row.kind), *ways)


def _in_boxes(boxes: Iterable[Box]) -> Select[Any]:
    columns: tuple[Any, ...] = (
        SafePlace.ref,
        SafePlace.name,
        SafePlace.kind,
        SafePlace.latitude_e4,
        SafePlace.longitude_e4,
    )
    ranges = [
        and_(
            SafePlace.strip.in_(range(strip_of(_e4(box.south)), strip_of(_e4(box.north)) + 1)),
            SafePlace.longitude_e4.between(_e4(box.west), _e4(box.east)),
        )
        for box in boxes
    ]
    return select(*columns).where(or_(*ranges), SafePlace.closed_at.is_(None))


def _e4(degrees: float) -> int:
    return round(degrees * PER_DEGREE)


def _described(chosen: list[Reached]) -> tuple[list[Spot], list[str]]:
    wanted = select(SafePlace).where(SafePlace.ref.in_([place.ref for place in chosen]))
    rows = {row.ref: row for row in session().scalars(wanted)} if chosen else {}
    spots = [_spot(place, rows[place.ref]) for place in chosen if place.ref in rows]
    return spots, sorted({rows[place.ref].credit for place in chosen if place.ref in rows})


def _spot(place: Reached, row: SafePlace) -> Spot:
    return Spot(
        public_id=row.public_id,
        name=row.name,
        kind=place.kind,
        latitude_e4=row.latitude_e4,
        longitude_e4=row.longitude_e4,
        donor_band=band_of(place.donor_way),
        family_band=band_of(place.family_way),
        minutes=minutes_on_the_way(place.donor_way, place.family_way),
        is_demo=row.is_demo,
        osm=row.ref.removeprefix("osm:") if row.ref.startswith("osm:") else None,
    )
