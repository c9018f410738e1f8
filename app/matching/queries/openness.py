"""Which offers stand on the open map, and which take no more yeses for now: for many at once."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, func, select

from app.infra.database import db
from app.infra.reading import Statement, among, read
from app.matching.configuration import matching_rules
from app.matching.models import Interest
from app.matching.queries.standing import spoken_for
from app.matching.rules.life import InterestState, Origin
from app.matching.rules.proposals import joins_open_map
from app.posts.queries import PostView
from app.posts.rules import PostState

_INTEREST: Final = Interest.__table__.c
_FULL: Final[Statement] = (
    select(_INTEREST.offer_id)
    .where(
        among(_INTEREST.offer_id),
        _INTEREST.state == InterestState.OPEN.value,
        _INTEREST.origin == Origin.YES.value,
    )
    .group_by(_INTEREST.offer_id)
    .having(func.count() >= bindparam("most"))
)


def on_open_map(offer: PostView, *, now: datetime) -> bool:
    """
    Whether an offer stands on the open map: live for 36 hours, no meeting of it to come, and enough left for one.

    So the rest of a divided offer is there again as soon as a part was given.
    """
    if offer.offer is None or offer.state is not PostState.LIVE:
        return False
    return offer.id in open_among({offer.id: offer.published_at}, now=now)


def open_among(published: Mapping[int, datetime | None], *, now: datetime) -> frozenset[int]:
    """Those of these live offers, given with when they were published, that stand on the open map."""
    taken, after = spoken_for(published), matching_rules().rounds.open_map_after
    return frozenset(
        offer_id
        for offer_id, since in published.items()
        if joins_open_map(published=since, booked=offer_id in taken, after=after, now=now)
    )


def full_among(offer_ids: Collection[int]) -> frozenset[int]:
    """Those of these offers that have their most open yeses, so that another one would be refused."""
    most = matching_rules().rounds.families_at_offer
    return frozenset(row[0] for row in read(_FULL, ids=list(offer_ids), most=most)) if offer_ids else frozenset()


def has_room_for_yes(family_id: int) -> bool:
    """Whether a family may say yes once more, as far as its own open yeses go."""
    mine = select(func.count()).where(
        Interest.family_id == family_id, Interest.state == InterestState.OPEN, Interest.origin == Origin.YES
    )
    return (db.session.scalar(mine) or 0) < matching_rules().rounds.offers_on_page
