"""What fits one's own post: ranked, each with its reasons; why others are not there; and the nearest just outside."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from app.geo.areas import AreaId
from app.geo.distance import TRAVEL_KM
from app.kernel.access import Identity, authorise
from app.kernel.quantities import Kilometres
from app.matching.permissions import SEE_MATCHES
from app.matching.queries.candidates import MOST_HELD, Candidate, Own, own_side
from app.matching.queries.cards import MapArea, Match, card_of, on_map
from app.matching.queries.crowd import Crowd, Near
from app.matching.queries.narrowing import NOTHING, Narrowing
from app.matching.queries.search import HINTED, most_hinted
from app.matching.rules.many.columns import KEY_AT
from app.matching.rules.reasons import asks_on_card, reasons, tellable
from app.posts.queries import PostView, own_post
from app.posts.rules import SOUGHT, PostState
from app.posts.rules.attributes import DIET, FOOD, MILK

MOST_MATCHES: Final = 25
MOST_OUTSIDE: Final = 5
FEW: Final = 3
"""With fewer than so many that fit, it is said what a wider radius would add."""

_COUNTED: Final = sum(1 << KEY_AT[each.key] for each in SOUGHT if each.kind in {FOOD, DIET, MILK})
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
    return next(iter(best_matches(post, 1, now=now)), None)


def best_matches(post: PostView, most: int, *, now: datetime) -> tuple[Match, ...]:
    """The best few posts for ``post`` right now to which nothing was said yet, the best first."""
    own = own_side(post, now=now)
    if own is None:
        return ()
    held = own.hold(own.near(post.travel_km).take(slice(MOST_HELD)))
    fresh = held.best(held.found.feasible & ~np.isin(held.stand.post, list(own.said)), most)
    return tuple(_told(own, fresh).values())


def untold_matches(
    post: PostView, most: int, *, left_alone: Callable[[Sequence[int]], frozenset[int]], now: datetime
) -> tuple[Match, ...]:
    """
    Of the list of a live post the first ``most`` to whom nothing was said yet, without those that are ``left_alone``.

    ``left_alone`` tells which of these posts, given by their ids, are not to be named. Nobody else is read in full.
    """
    own = own_side(post, now=now) if post.state is PostState.LIVE else None
    if own is None:
        return ()
    held = own.hold(own.near(post.travel_km).take(slice(MOST_HELD)))
    fresh = [each for each in held.best(held.found.feasible, MOST_MATCHES) if each.post_id not in own.said]
    alone = left_alone([each.post_id for each in fresh])
    return tuple(_told(own, [each for each in fresh if each.post_id not in alone][:most]).values())


def _listed(own: Own, narrowing: Narrowing) -> MatchList:
    near = own.near(own.post.travel_km)
    everybody = len(near) <= MOST_HELD
    held = own.hold(near.take(slice(MOST_HELD)))
    passing = held.found.feasible & narrowing.keeps(held, today=own.now.date())
    fitting = int(held.found.feasible.sum())
    best = held.best(passing, MOST_MATCHES)
    further, wider = _further(own, near) if everybody and fitting < FEW else ([], ())
    told = _told(own, (*best, *further))
    listed, outside = ([told[each.post_id] for each in some if each.post_id in told] for some in (best, further))
    return MatchList(
        own=own.post,
        matches=tuple(listed),
        fitting=fitting if everybody else None,
        passing=int(passing.sum()) if everybody else None,
        outside=tuple(outside),
        wider=wider,
        points=on_map(match.card for match in (*listed, *outside)),
        hint=_hint(own, near) if everybody and fitting < MOST_MATCHES else None,
        asking_would_add=int((held.found.only_asking & (held.found.must_asks & ~_COUNTED == 0)).sum()),
    )


def _told(own: Own, chosen: Sequence[Near]) -> dict[int, Match]:
    """Only those that are shown are read in full, together; one that changed while it was chosen is left out."""
    return {one.other.id: _match(one, own.post.area_id) for one in own.judge(chosen) if one.points is not None}


def _match(one: Candidate, seen_from: AreaId) -> Match:
    points = one.points
    return Match(
        card=card_of(one.other, seen_from),
        reasons=reasons(one.offer, one.request, one.meeting, one.fit, points) if points is not None else (),
        meets=tellable(one.fit.meets),
        asks=asks_on_card(one.fit),
        said=one.said,
    )


def _further(own: Own, known: Crowd) -> tuple[list[Near], tuple[Wider, ...]]:
    """The nearest that only distance keeps away, by band and then by points; and what larger radii would add."""
    near = own.near(Kilometres(own.post.travel_km + _LOOK_FURTHER)).without(known)
    held = own.hold(near.take(slice(MOST_FURTHER)), measured=True)
    far = held.found.only_distance
    lengths = own.lengths(held.stand)
    radii = [Kilometres(each) for each in TRAVEL_KM if own.post.travel_km < each][:_STEPS]
    counted = (
        Wider(radius, int((far & (lengths <= radius + held.stand.travel)).sum()), len(near) > MOST_FURTHER)
        for radius in radii
    )
    outside = sorted(held.best(far, int(far.sum())), key=lambda each: each.band)[:MOST_OUTSIDE] if far.any() else []
    return outside, tuple(each for each in counted if each.more)


def _hint(own: Own, near: Crowd) -> str | None:
    """Only a family whose list is not full is told what the offers around it state."""
    if own.post.request is None:
        return None
    rest = own.near(own.post.travel_km, contradicted=True).without(near)
    found = own.hold(rest.and_then(near).take(slice(MOST_FURTHER))).found
    against = found.conflicts[found.only_diet]
    return most_hinted(
        {key: int((against == 1 << at).sum()) for key, at in KEY_AT.items() if against.size and key in HINTED}
    )
