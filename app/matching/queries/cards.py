"""
Posts as lists and the map show them: areas and bands, amounts, foods and ways of eating, nothing of medicines.

A card holds only what anybody who may search may read; the disclosure of a pair holds more (see ``pairs``).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from app.geo.areas import AreaId
from app.geo.distance import DistanceBand
from app.infra.areas.storage import load_catalogue
from app.kernel.quantities import Millilitres
from app.matching.rules.fit import Explained
from app.matching.rules.reasons import TELLABLE, Reason
from app.posts.queries import JudgedPost, PostView
from app.posts.rules import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """
    One post in a list.

    ``volume`` is all of a one-time offer or a week's milk of a ``weekly`` one; of a request it is None, and
    ``need_per_day`` and ``days`` say the need. ``facts`` are those a card may name.
    """

    public_id: str
    kind: str
    area_id: AreaId
    place: str
    band: DistanceBand
    weekly: bool
    volume: Millilitres | None
    pumped_from: date | None
    pumped_to: date | None
    storage: str | None
    lipase: str | None
    need_per_day: Millilitres | None
    days: int | None
    baby_age_band: str | None
    replace_bags: str
    facts: tuple[Fact, ...]
    published_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """
    A card with what speaks for it: reasons, what is met, and what would have to be asked.

    ``with_own`` is the public id of one's own post that the pair page needs, None for a search without one; ``said``
    is the state of an interest between the two, None when there is none. ``full`` says that an offer takes no more
    yeses for now, ``open_map`` that it has been free for so long that it stands on the open map; both are found out
    by search alone.
    """

    card: Card
    reasons: tuple[Reason, ...] = ()
    meets: tuple[Explained, ...] = ()
    asks: tuple[Explained, ...] = ()
    said: str | None = None
    full: bool = False
    open_map: bool = False


@dataclass(frozen=True, slots=True)
class MapArea:
    """An area on the map with how many of the listed posts stand in it; its centre has two decimals."""

    area_id: AreaId
    name: str
    latitude: float
    longitude: float
    band: str
    posts: int


def card_of(post: PostView | JudgedPost, seen_from: AreaId) -> Card:
    """
    A post as somebody in the area ``seen_from`` sees it in a list.

    One that a list judged was read with its public id and with the facts a card may name.
    """
    catalogue = load_catalogue()
    offer, request = post.offer, post.request
    return Card(
        public_id=post.public_id,
        kind="offer" if offer is not None else "request",
        area_id=post.area_id,
        place=catalogue.area(post.area_id).name,
        band=catalogue.band(post.area_id, seen_from),
        weekly=offer is not None and offer.supply == "weekly",
        volume=(offer.volume_ml or offer.weekly_ml) if offer else None,
        pumped_from=offer.pumped_from if offer else None,
        pumped_to=offer.pumped_to if offer else None,
        storage=offer.storage if offer else None,
        lipase=offer.lipase if offer else None,
        need_per_day=request.need_ml_per_day if request else None,
        days=request.days if request else None,
        baby_age_band=request.baby_age_band if request else None,
        replace_bags=post.replace_bags,
        facts=tuple(fact for fact in post.facts if fact.attribute in TELLABLE),
        published_at=post.published_at,
    )


def on_map(cards: Iterable[Card]) -> tuple[MapArea, ...]:
    """The areas of the listed cards, in the order of the list."""
    catalogue = load_catalogue()
    listed = list(cards)
    counts = Counter(card.area_id for card in listed)
    found: dict[AreaId, MapArea] = {}
    for card in listed:
        if card.area_id not in found:
            area = catalogue.area(card.area_id)
            found[card.area_id] = MapArea(
                area.id, area.name, area.latitude, area.longitude, card.band.code, counts[card.area_id]
            )
    return tuple(found.values())
