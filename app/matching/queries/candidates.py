"""
Live posts of the other kind held against one own post: read in plain rows, judged, and ordered by what fits best.

Nothing here is shown; :mod:`app.matching.queries.matches` turns the best into cards.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import select

from app.accounts.queries import blocked_ids
from app.geo.distance import BANDS
from app.infra.areas.storage import load_catalogue
from app.infra.database import db
from app.kernel.quantities import Kilometres
from app.matching.models import Interest
from app.matching.queries.configuration import matching_rules
from app.matching.queries.nearby import NO_FILTERS, Filters, Near, posts_near
from app.matching.queries.sides import fed_before, offer_side, request_side, wishes_of
from app.matching.queries.standing import passed_with
from app.matching.rules.feasible import Verdict, judge
from app.matching.rules.fit import Fit, fit
from app.matching.rules.life import SPENT, InterestState
from app.matching.rules.preferences import PREFERENCE_POINTS, own_points
from app.matching.rules.score import Ground, Points, score
from app.matching.rules.sides import Meeting, OfferSide, RequestSide, Supply
from app.matching.rules.weights import Weights
from app.posts.queries import JudgedPost, PostView, live_offers, live_requests
from app.posts.rules.index_bits import offer_bits

BATCH: Final = 120
"""So many posts are read and judged at a time."""

MOST_JUDGED: Final = 2_000
"""A list looks at no more than so many posts, even where it is not yet proven that nobody further off fits better."""

_NEVER_LISTED: Final = SPENT | {InterestState.ACCEPTED}
_OF_REQUEST: Final = frozenset({Ground.FIRST_MILK, Ground.NEED, Ground.FREEZER_EMPTY, Ground.WAITED})
"""Grounds that look at the request alone, and so give every offer before it the same points."""

_OF_PLACE: Final = frozenset({Ground.NEAR, Ground.SHORT_TRIP})


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """
    Another's post held against one's own.

    ``points`` are None where more than the distance stands against the pair; they never leave the server. ``worth``
    orders the list: the points, and for a donor what she prefers. ``said`` is the state of an interest between the two,
    None when there is none.
    """

    other: JudgedPost
    offer: OfferSide
    request: RequestSide
    meeting: Meeting
    fit: Fit
    verdict: Verdict
    points: Points | None
    worth: float
    said: str | None


def ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Those with points, worth most first, ties by id."""
    return sorted((one for one in candidates if one.points is not None), key=lambda one: (-one.worth, one.other.id))


@dataclass(frozen=True, slots=True)
class Own:
    """
    One's own live post, made ready to be held against hundreds of others.

    ``said`` is the state of each interest by the id of the other post, ``over`` are posts with which all is said:
    agreed, spent, or passed on.
    """

    post: PostView
    now: datetime
    side: OfferSide | RequestSide
    said: dict[int, str]
    over: frozenset[int]
    attributes: frozenset[str]

    def near(self, radius: Kilometres, *, contradicted: bool = False) -> list[Near]:
        """
        Who is near enough for ``radius``, nearest band first, except those with whom everything is said.

        Those whom a must surely contradicts are left in the index unless they are ``contradicted`` on purpose.
        """
        hidden = blocked_ids(self.post.author_id) | {self.post.author_id}
        kind, filters = ("request" if self.post.offer else "offer"), NO_FILTERS if contradicted else _filters(self.post)
        found = posts_near(kind, self.post.area_id, radius, filters=filters, hidden=hidden)
        return [each for each in found if each.post_id not in self.over]

    def judge(self, near: Sequence[Near]) -> list[Candidate]:
        """Read and judge these posts, in their order."""
        posts = live_requests(near) if self.post.offer is not None else live_offers(near, self.attributes)
        judged = [self._candidate(posts[each.post_id]) for each in near if each.post_id in posts]
        return self._scored(judged)

    def _candidate(self, other: JudgedPost) -> Candidate:
        today, catalogue = self.now.date(), load_catalogue()
        offer, request = self._sides(other)
        meeting = Meeting(
            catalogue.distance(self.post.area_id, other.area_id), catalogue.band(self.post.area_id, other.area_id)
        )
        answers = fit(offer.milk, request.wishes, today=today)
        return Candidate(
            other=other,
            offer=offer,
            request=request,
            meeting=meeting,
            fit=answers,
            verdict=judge(offer, request, meeting, answers, today=today),
            points=None,
            worth=0.0,
            said=self.said.get(other.id),
        )

    def _sides(self, other: JudgedPost) -> tuple[OfferSide, RequestSide]:
        if isinstance(self.side, OfferSide) and other.request is not None:
            return self.side, request_side(other, other.request, fed_before=False)
        if isinstance(self.side, RequestSide) and other.offer is not None:
            return offer_side(other, other.offer, today=self.now.date()), self.side
        msg = "an offer is held against requests, a request against offers"
        raise TypeError(msg)

    def _scored(self, judged: list[Candidate]) -> list[Candidate]:
        """The points of those that fit, or would if somebody travelled further."""
        wanted = {one.other.id for one in judged if one.verdict.feasible or one.verdict.only_distance}
        fed: frozenset[int] = frozenset()
        if self.post.offer is not None:
            fed = fed_before(one.other.author_id for one in judged if one.other.id in wanted)
        return [self._with_points(one, fed) if one.other.id in wanted else one for one in judged]

    def _with_points(self, one: Candidate, fed: frozenset[int]) -> Candidate:
        offer, request, meeting = one.offer, one.request, one.meeting
        if one.other.author_id in fed:
            request = replace(request, fed_before=True)
        points = score(offer, request, meeting, one.fit, now=self.now, weights=matching_rules().weights)
        donors = self.post.offer is not None
        worth = own_points(points, offer, request, meeting) if donors else points.total
        return replace(one, request=request, points=points, worth=worth)


def _filters(post: PostView) -> Filters:
    """What surely stands against a pair, as the index can tell; it hides nobody who might fit."""
    if post.offer is None:
        return Filters(musts=wishes_of(post.wishes))
    offer = post.offer
    return Filters(
        offer_bits=offer_bits(
            post.facts,
            lipase=offer.lipase,
            storage=offer.storage,
            pumped_from=offer.pumped_from,
            pumped_to=offer.pumped_to,
            weekly=offer.supply == Supply.WEEKLY,
        )
    )


def own_side(post: PostView, *, now: datetime, attributes: Iterable[str] = ()) -> Own | None:
    """
    One's own post made ready; None for an unfinished draft.

    ``attributes`` are those to be known of offers beyond what the post itself asks about.
    """
    mine, other = Interest.offer_id, Interest.request_id
    side: OfferSide | RequestSide
    if post.offer is not None:
        side = offer_side(post, post.offer, today=now.date())
    elif post.request is not None:
        side = request_side(post, post.request, fed_before=bool(fed_before([post.author_id])))
        mine, other = other, mine
    else:
        return None
    rows = db.session.execute(select(other, Interest.state).where(mine == post.id))
    said = {row[0]: row[1] for row in rows}
    over = {post_id for post_id, state in said.items() if state in _NEVER_LISTED} | passed_with(post.id)
    asked = {wish.attribute for wish in post.wishes}
    return Own(post, now, side, said, frozenset(over), frozenset(asked | set(attributes)))


def judge_enough(
    own: Own, near: Sequence[Near], many: int, passes: Callable[[Candidate], bool]
) -> tuple[list[Candidate], bool]:
    """
    Judge those near, first the nearest bands, then whoever may still be worth most, until it is certain which are the
    best ``many`` that fit and pass.

    Returns all that were judged, and whether that is everybody near.
    """
    judged: list[Candidate] = []
    rest = list(near)
    while rest and len(judged) < MOST_JUDGED:
        judged += own.judge(rest[:BATCH])
        rest = rest[BATCH:]
        best = ranked(one for one in judged if one.verdict.feasible and passes(one))[:many]
        if rest and len(best) == many:
            worth = _most_worth(own, best[0], rest)
            rest.sort(key=lambda each: -worth[each.band, each.travel_km])
            if worth[rest[0].band, rest[0].travel_km] < best[-1].worth:
                break
    return judged, not rest


def _most_worth(own: Own, known: Candidate, rest: Sequence[Near]) -> dict[tuple[int, Kilometres], float]:
    """
    No post in a band, whose author travels so far, can be worth more than this.

    ``known`` is any pair of one's own post: what the request alone gives is the same for all.
    """
    return {place: _worth_at(own, known, *place) for place in {(each.band, each.travel_km) for each in rest}}


def _worth_at(own: Own, known: Candidate, band: int, travel: Kilometres) -> float:
    weights, offering = matching_rules().weights, own.post.offer is not None
    offer = known.offer if offering else replace(known.offer, travel=travel)
    request = replace(known.request, travel=travel) if offering else known.request
    here = score(offer, request, Meeting(Kilometres(0), BANDS[band]), known.fit, now=own.now, weights=weights)
    certain = _OF_PLACE if offering else _OF_PLACE | _OF_REQUEST
    most = sum(here.of(ground) if ground in certain else _weight(weights, ground) for ground in Ground)
    # No milk is both given once and given weekly.
    return most - min(weights.one_handoff, weights.weekly) + (PREFERENCE_POINTS if offering else 0)


def _weight(weights: Weights, ground: Ground) -> float:
    return float(getattr(weights, ground))
