"""What fits one's own post: ranked, each with its reasons; and the nearest just outside reach when nothing fits."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from app.accounts.queries import blocked_ids
from app.infra.database import db
from app.kernel.access import Identity, authorise
from app.kernel.quantities import Kilometres
from app.matching.models import Interest
from app.matching.permissions import SEE_MATCHES
from app.matching.queries.cards import MapArea, Match, card_of, on_map
from app.matching.queries.nearby import Near, posts_near
from app.matching.queries.search import diet_hint
from app.matching.queries.sides import Pair, fed_before, pair_of
from app.matching.rules.feasible import Refusal
from app.matching.rules.life import SPENT, InterestState
from app.matching.rules.reasons import asks_on_card, reasons, tellable
from app.posts.queries import JudgedPost, PostView, live_offers, live_posts, live_requests, own_post
from app.posts.rules import PostState

MOST_CANDIDATES: Final = 400
"""So many posts, nearest bands first, are judged for one list."""

MOST_MATCHES: Final = 25
MOST_OUTSIDE: Final = 5
_LOOK_FURTHER: Final = Kilometres(80)
_NEVER_LISTED: Final = SPENT | {InterestState.ACCEPTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchList:
    """
    What fits one's own post.

    ``outside`` is filled only when ``matches`` is empty: those that would fit if somebody travelled further. ``hint``
    names a food or way of eating that at least five offers nearby state, and which keeps them from the list. With an
    immediate allergy nothing is proposed and ``only_search`` is True. ``asking_would_add`` counts offers that a family
    which does not want to ask leaves out.
    """

    own: PostView
    matches: tuple[Match, ...] = ()
    outside: tuple[Match, ...] = ()
    points: tuple[MapArea, ...] = ()
    hint: str | None = None
    only_search: bool = False
    asking_would_add: int = 0


@dataclass(frozen=True, slots=True)
class _Candidate:
    other: JudgedPost
    pair: Pair
    said: str | None


def matches_for(actor: Identity, post_public_id: str, *, now: datetime) -> MatchList:
    """
    What fits one's own live post, best first; raises :class:`NotFound` for somebody else's.

    A post that is not live has no matches. The order follows the points, ties the ids, and inside a band never the
    distance.
    """
    authorise(actor, SEE_MATCHES)
    own = own_post(actor, post_public_id)
    if own.state is not PostState.LIVE:
        return MatchList(own=own)
    if own.request is not None and own.request.immediate_allergy:
        return MatchList(own=own, only_search=True)
    near = _candidates(own, own.travel_km, now=now)
    fitting = [one for one in near if one.pair.verdict.feasible]
    listed = _told(own, _ranked(fitting)[:MOST_MATCHES])
    outside = () if listed else _just_outside(own, now=now)
    return MatchList(
        own=own,
        matches=listed,
        outside=outside,
        points=on_map(match.card for match in (*listed, *outside)),
        hint=_hint(own, near),
        asking_would_add=sum(one.pair.verdict.refusals == (Refusal.ASKS_NOT_ACCEPTED,) for one in near),
    )


def best_match(post: PostView, *, now: datetime) -> Match | None:
    """The best post for ``post`` right now, for a notice; None when nothing fits."""
    fitting = [one for one in _candidates(post, post.travel_km, now=now) if one.pair.verdict.feasible]
    fresh = [one for one in _ranked(fitting) if one.said is None]
    return next(iter(_told(post, fresh[:1])), None)


def _candidates(own: PostView, radius: Kilometres, *, now: datetime) -> list[_Candidate]:
    """Live posts of the other kind near enough to judge, except those with whom everything is said."""
    hidden = blocked_ids(own.author_id) | {own.author_id}
    near = posts_near("request" if own.offer else "offer", own.area_id, radius, hidden=hidden)[:MOST_CANDIDATES]
    posts = _to_judge(own, [each.post_id for each in near])
    said = _said(own)
    others = [posts[each.post_id] for each in near if _worth_judging(each, posts, said)]
    fed = fed_before(other.author_id if own.offer else own.author_id for other in others)
    judged = ((other, _pair(own, other, fed, now)) for other in others)
    return [_Candidate(other, pair, said.get(other.id)) for other, pair in judged if pair is not None]


def _to_judge(own: PostView, ids: list[int]) -> dict[int, JudgedPost]:
    """The live posts of the other kind: requests with all wishes, offers with what ``own`` wishes to know."""
    return live_requests(ids) if own.offer is not None else live_offers(ids, (wish.attribute for wish in own.wishes))


def _worth_judging(near: Near, posts: dict[int, JudgedPost], said: dict[int, str]) -> bool:
    return near.post_id in posts and said.get(near.post_id) not in _NEVER_LISTED


def _said(own: PostView) -> dict[int, str]:
    """The state of each interest of ``own``, by the id of the other post."""
    mine, other = Interest.offer_id, Interest.request_id
    if own.request is not None:
        mine, other = other, mine
    rows = db.session.execute(select(other, Interest.state).where(mine == own.id))
    return {row[0]: row[1] for row in rows}


def _pair(own: PostView, other: JudgedPost, fed: frozenset[int], now: datetime) -> Pair | None:
    if own.offer is not None:
        return pair_of(own, other, now=now, fed=other.author_id in fed)
    return pair_of(other, own, now=now, fed=own.author_id in fed)


def _ranked(candidates: Iterable[_Candidate]) -> list[_Candidate]:
    return sorted(candidates, key=lambda one: (-_worth(one), one.other.id))


def _worth(one: _Candidate) -> float:
    """The points that order the list; a donor's own list follows her preference too."""
    return one.pair.for_donor if one.other.request is not None else one.pair.points.total


def _told(own: PostView, chosen: list[_Candidate]) -> tuple[Match, ...]:
    """Only those that are shown are read in full."""
    posts = live_posts(one.other.id for one in chosen)
    return tuple(
        Match(
            card=card_of(posts[one.other.id], own.area_id),
            reasons=reasons(one.pair.offer, one.pair.request, one.pair.meeting, one.pair.fit, one.pair.points),
            meets=tellable(one.pair.fit.meets),
            asks=asks_on_card(one.pair.fit),
            said=one.said,
        )
        for one in chosen
    )


def _just_outside(own: PostView, *, now: datetime) -> tuple[Match, ...]:
    """The nearest that only distance keeps away, by band and then by points."""
    radius = Kilometres(own.travel_km + _LOOK_FURTHER)
    far = [one for one in _candidates(own, radius, now=now) if one.pair.verdict.only_distance]
    far.sort(key=lambda one: (one.pair.meeting.band.order, -one.pair.points.total, one.other.id))
    return _told(own, far[:MOST_OUTSIDE])


def _hint(own: PostView, near: list[_Candidate]) -> str | None:
    """Only a family is told what the offers around it state."""
    if own.request is None:
        return None
    return diet_hint(one.pair.fit for one in near if one.pair.verdict.only_diet)
