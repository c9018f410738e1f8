"""What fits one's own post: ranked, each with its reasons; why others are not there; and the nearest just outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.geo.distance import TRAVEL_KM
from app.kernel.access import Identity, authorise
from app.kernel.quantities import Kilometres
from app.matching.permissions import SEE_MATCHES
from app.matching.queries.candidates import Candidate, Own, judge_enough, own_side, ranked
from app.matching.queries.cards import Card, MapArea, Match, cards_of, on_map
from app.matching.queries.narrowing import NOTHING, Narrowing
from app.matching.queries.nearby import Near
from app.matching.queries.search import diet_hint
from app.matching.rules.feasible import Refusal, within_reach
from app.matching.rules.reasons import asks_on_card, reasons, tellable
from app.posts.queries import PostView, own_post
from app.posts.rules import ATTRIBUTES, PostState
from app.posts.rules.attributes import DIET, FOOD, MILK

MOST_MATCHES: Final = 25
MOST_OUTSIDE: Final = 5
FEW: Final = 3
"""With fewer than so many that fit, it is said what a wider radius would add."""

_COUNTED: Final = frozenset(each.key for each in ATTRIBUTES if each.kind in {FOOD, DIET, MILK})
MOST_FURTHER: Final = 400
"""So many posts beyond the list are judged to say why they are not in it."""

_STEPS: Final = 2
_LOOK_FURTHER: Final = Kilometres(80)


@dataclass(frozen=True, slots=True)
class Wider:
    """What the next larger radius of the menu would add; ``at_least`` when more were there than could be counted."""

    radius: Kilometres
    more: int
    at_least: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchList:
    """
    What fits one's own post.

    ``fitting`` counts all that fit, ``passing`` those of them that pass the filters; both are None where the best are
    certain before everybody was looked at. With fewer than :data:`FEW` that fit, ``outside`` are those that would fit
    if somebody travelled further and ``wider`` what larger radii would add. ``hint`` names a food or way of eating that
    at least five offers nearby state, and which keeps them from the list. With an immediate allergy nothing is proposed
    and ``only_search`` is True. ``asking_would_add`` counts offers that a family which does not want to ask leaves out.
    """

    own: PostView
    matches: tuple[Match, ...] = ()
    fitting: int | None = 0
    passing: int | None = 0
    outside: tuple[Match, ...] = ()
    wider: tuple[Wider, ...] = ()
    points: tuple[MapArea, ...] = ()
    hint: str | None = None
    only_search: bool = False
    asking_would_add: int = 0


def matches_for(actor: Identity, post_public_id: str, *, narrowing: Narrowing = NOTHING, now: datetime) -> MatchList:
    """
    What fits one's own live post, best first; raises :class:`NotFound` for somebody else's.

    A post that is not live has no matches. The order follows the points, ties the ids, and inside a band never the
    distance. ``narrowing`` leaves things out of the list and never changes the order.
    """
    authorise(actor, SEE_MATCHES)
    post = own_post(actor, post_public_id)
    own = own_side(post, now=now, attributes=narrowing.stated) if post.state is PostState.LIVE else None
    if own is None:
        return MatchList(own=post)
    if post.request is not None and post.request.immediate_allergy:
        return MatchList(own=post, only_search=True)
    return _listed(own, narrowing)


def best_match(post: PostView, *, now: datetime) -> Match | None:
    """The best post for ``post`` right now, for a notice; None when nothing fits."""
    own = own_side(post, now=now)
    if own is None:
        return None
    judged, _ = judge_enough(own, own.near(post.travel_km), 1, lambda one: one.said is None)
    fresh = ranked(one for one in judged if one.verdict.feasible and one.said is None)
    return next(iter(_told(post, fresh[:1])), None)


def _listed(own: Own, narrowing: Narrowing) -> MatchList:
    today = own.now.date()
    near = own.near(own.post.travel_km)
    judged, everybody = judge_enough(own, near, MOST_MATCHES, lambda one: narrowing.keeps(one, today=today))
    fitting = [one for one in judged if one.verdict.feasible]
    passing = [one for one in fitting if narrowing.keeps(one, today=today)]
    few = everybody and len(fitting) < FEW
    listed = _told(own.post, ranked(passing)[:MOST_MATCHES])
    outside, wider = _further(own, {each.post_id for each in near}) if few else ((), ())
    return MatchList(
        own=own.post,
        matches=listed,
        fitting=len(fitting) if everybody else None,
        passing=len(passing) if everybody else None,
        outside=outside,
        wider=wider,
        points=on_map(match.card for match in (*listed, *outside)),
        hint=_hint(own, near) if everybody and len(fitting) < MOST_MATCHES else None,
        asking_would_add=sum(map(_only_asking, judged)),
    )


def _told(own: PostView, chosen: Sequence[Candidate]) -> tuple[Match, ...]:
    """Only those that are shown are read in full."""
    cards = cards_of((one.other for one in chosen), own.area_id)
    return tuple(_match(one, cards) for one in chosen if one.other.id in cards)


def _match(one: Candidate, cards: Mapping[int, Card]) -> Match:
    points = one.points
    return Match(
        card=cards[one.other.id],
        reasons=reasons(one.offer, one.request, one.meeting, one.fit, points) if points is not None else (),
        meets=tellable(one.fit.meets),
        asks=asks_on_card(one.fit),
        said=one.said,
    )


def _further(own: Own, known: set[int]) -> tuple[tuple[Match, ...], tuple[Wider, ...]]:
    """The nearest that only distance keeps away, by band and then by points; and what larger radii would add."""
    near = [each for each in own.near(Kilometres(own.post.travel_km + _LOOK_FURTHER)) if each.post_id not in known]
    far = [one for one in ranked(own.judge(near[:MOST_FURTHER])) if one.verdict.only_distance]
    radii = [Kilometres(each) for each in TRAVEL_KM if own.post.travel_km < each][:_STEPS]
    counted = (Wider(radius, sum(_reached(one, radius) for one in far), len(near) > MOST_FURTHER) for radius in radii)
    far.sort(key=lambda one: one.meeting.band.order)
    return _told(own.post, far[:MOST_OUTSIDE]), tuple(each for each in counted if each.more)


def _reached(one: Candidate, radius: Kilometres) -> bool:
    return within_reach(one.meeting.length, radius, one.other.travel_km)


def _only_asking(one: Candidate) -> bool:
    """Whether only the wish not to ask keeps it away; where substances or medicines are unsaid it is not counted."""
    asked = {item.wish.attribute for item in one.fit.must_ask}
    return one.verdict.refusals == (Refusal.ASKS_NOT_ACCEPTED,) and asked <= _COUNTED


def _hint(own: Own, near: Sequence[Near]) -> str | None:
    """Only a family whose list is not full is told what the offers around it state."""
    if own.post.request is None:
        return None
    known = {each.post_id for each in near}
    rest = [each for each in own.near(own.post.travel_km, contradicted=True) if each.post_id not in known]
    against = own.judge([*rest, *near][:MOST_FURTHER])
    return diet_hint(one.fit for one in against if one.verdict.only_diet)
