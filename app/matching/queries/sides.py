"""Turns posts as they are read into the two sides the rules judge."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from sqlalchemy import select

from app.infra.areas.storage import load_catalogue
from app.infra.reading import Statement, among, read
from app.kernel.quantities import Millilitres
from app.matching.configuration import matching_rules
from app.matching.models import Booking
from app.matching.rules.feasible import Verdict, judge
from app.matching.rules.fit import Fit, fit
from app.matching.rules.preferences import own_points
from app.matching.rules.score import Points, score
from app.matching.rules.sides import (
    FactState,
    Meeting,
    MilkFact,
    MilkFacts,
    OfferSide,
    Preference,
    RequestSide,
    Strength,
    Supply,
    Wish,
    Wishes,
)
from app.posts.models import Post
from app.posts.queries import JudgedPost, OfferView, PostView, RequestView
from app.posts.rules import SOUGHT, PostState
from app.posts.rules import Wish as StatedWish

_READ: Final = frozenset(each.key for each in SOUGHT)
"""What the rules read of a donor's facts; what is only told never comes so far."""

_POST: Final = Post.__table__.c
_BOOKING: Final = Booking.__table__.c
_FED: Final[Statement] = select(_POST.author_id).where(
    _POST.kind == "request",
    (_POST.state == PostState.FULFILLED.value)
    | select(_BOOKING.id).where(_BOOKING.request_id == _POST.id).correlate(Post.__table__).exists(),
)
_FED_AMONG: Final = _FED.where(among(_POST.author_id))

AnyPost = PostView | JudgedPost
"""A whole view of a post, or only what a list judges."""


@dataclass(frozen=True, slots=True)
class Pair:
    """An offer and a request with everything the rules say about them; ``points`` never leave the server."""

    offer: OfferSide
    request: RequestSide
    meeting: Meeting
    fit: Fit
    verdict: Verdict
    points: Points

    @property
    def for_donor(self) -> float:
        """What orders the donor's own lists: the points, and what she prefers."""
        return own_points(self.points, self.offer, self.request, self.meeting)


def milk_of(post: AnyPost, offer: OfferView, *, today: date) -> MilkFacts:
    """What is known of an offer's milk; a weekly offer without dates is pumped from today on."""
    weekly = offer.supply == Supply.WEEKLY
    return MilkFacts(
        stated={
            fact.attribute: _milk_fact(fact.state, fact.since, fact.level)
            for fact in post.facts
            if fact.attribute in _READ
        },
        pumped_from=offer.pumped_from or (today if weekly else None),
        pumped_to=offer.pumped_to,
        lipase=offer.lipase,
        storage=offer.storage,
    )


@lru_cache(maxsize=5_000)
def _milk_fact(state: str, since: date | None, level: str | None) -> MilkFact:
    """One for all who state the same: a round reads tens of thousands, and few of them differ."""
    return MilkFact(FactState(state), since, level)


def wishes_of(stated: Iterable[StatedWish]) -> tuple[Wish, ...]:
    """Wishes as the rules read them."""
    return tuple(_wish(each.attribute, each.strength, each.avoid_days, each.level) for each in stated)


@lru_cache(maxsize=5_000)
def _wish(attribute: str, strength: str, avoid_days: int | None, level: str | None) -> Wish:
    return Wish(attribute, Strength(strength), avoid_days, level)


def offer_side(post: AnyPost, offer: OfferView, *, today: date) -> OfferSide:
    """An offer as the matcher sees it."""
    return OfferSide(
        id=post.id,
        author_id=post.author_id,
        live=post.state is PostState.LIVE,
        travel=post.travel_km,
        supply=Supply(offer.supply),
        volume=offer.volume_ml or offer.weekly_ml or Millilitres(0),
        milk=milk_of(post, offer, today=today),
        smallest_handoff=offer.smallest_handoff_ml,
        after_loss=offer.after_loss,
        baby_age_months=offer.baby_age_months,
        posted_on=post.published_at.date() if post.published_at else None,
        preference=Preference(offer.preference),
    )


def request_side(post: AnyPost, request: RequestView, *, fed_before: bool) -> RequestSide:
    """A request as the matcher sees it."""
    return RequestSide(
        id=post.id,
        author_id=post.author_id,
        live=post.state is PostState.LIVE,
        travel=post.travel_km,
        need_per_day=request.need_ml_per_day,
        days=request.days,
        stock=request.stock_ml,
        baby_age_band=request.baby_age_band,
        term_and_healthy=request.term_and_healthy,
        wishes=Wishes(wishes_of(post.wishes), request.accepts_asks, request.immediate_allergy),
        published_at=post.published_at,
        fed_before=fed_before,
        shares_need=request.shares_need,
    )


def fed_before(family_ids: Iterable[int]) -> frozenset[int]:
    """
    Those families for whom this would not be the first milk here.

    A request of theirs was fulfilled, or milk came or is on its way for one: a meeting is agreed. One that falls
    through does not count. Whoever was promised milk an hour ago would otherwise stand first everywhere until it came.
    """
    wanted = list(set(family_ids))
    return frozenset(row[0] for row in read(_FED_AMONG, ids=wanted)) if wanted else frozenset()


def fed_families() -> Statement:
    """The statement for every family that had milk through the site, or has some on its way."""
    return _FED


def pair_of(
    offer: AnyPost, request: AnyPost, *, now: datetime, fed: bool = False, blocked: bool = False, spent: bool = False
) -> Pair | None:
    """Everything the rules say about two posts; None when one of them is an unfinished draft."""
    if offer.offer is None or request.request is None:
        return None
    today = now.date()
    catalogue = load_catalogue()
    giving = offer_side(offer, offer.offer, today=today)
    asking = request_side(request, request.request, fed_before=fed)
    meeting = Meeting(
        catalogue.distance(offer.area_id, request.area_id),
        catalogue.band(offer.area_id, request.area_id),
        blocked=blocked,
        spent=spent,
    )
    answers = fit(giving.milk, asking.wishes, today=today)
    return Pair(
        giving,
        asking,
        meeting,
        answers,
        judge(giving, asking, meeting, answers, today=today),
        score(giving, asking, meeting, answers, now=now, weights=matching_rules().weights),
    )
