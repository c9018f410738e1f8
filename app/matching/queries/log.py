"""
The community's own past weeks, read as the simulation needs them; read-only.

What leaves this module has no name, no id that leads to a person and no place: positions, hours and kilometres.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final

import numpy as np
from sqlalchemy import func, select

from app.geo.areas import AreaId
from app.infra.areas.storage import load_catalogue
from app.infra.database import db
from app.matching.models import Booking, Interest
from app.matching.queries.sides import offer_side, request_side
from app.matching.rules.feasible import may_be_proposed, use_by
from app.matching.rules.sides import Supply
from app.matching.rules.simulation import Behaviour, Community, Donor, Family
from app.posts.models import Post, PostChange
from app.posts.queries import OfferView, PostView, RequestView, posts_by_id
from app.posts.rules import PostState

FEWEST: Final = 5
"""With fewer offers or families than this nothing is told: it would be about these people and not about a community."""

MOST: Final = 3_000
"""Posts that a replay takes; more would not end the same day, and as many tell as much."""

_MOST_BROKEN: Final = 0.9
"""A log in which nothing is kept leaves nothing to compare."""

_ENOUGH_ANSWERS: Final = 20
_VISITS_SPREAD: Final = 1.1
_OPEN_DAYS: Final = 90
_ENDED_BY_THEMSELVES: Final = frozenset({PostState.EXPIRED, PostState.WITHDRAWN, PostState.DECLINED})
"""Ends that the matching did not bring about: the post would have ended so under any rules."""


class ReplayError(ValueError):
    """The weeks asked for hold too few posts to say anything that is not about persons, or more than can be played."""


@dataclass(frozen=True, slots=True)
class PastWeeks:
    """
    A community as its log shows it, and what people are taken to do.

    ``measured`` names the assumptions of ``behaviour`` that this log itself gave.
    """

    community: Community
    behaviour: Behaviour
    measured: tuple[str, ...]
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class _Life:
    """When a post was first live, and when it ended by itself; None when it did not."""

    post_id: int
    live: datetime
    ended: datetime | None


def past_weeks(days: int, *, now: datetime) -> PastWeeks:
    """
    The posts of the last ``days`` days, those still standing from before included.

    A family whose baby was born early or is ill, or after an immediate allergy, is left out, as rounds leave it out.
    Raises :class:`ReplayError`.
    """
    since = now - timedelta(days=days)
    lives = _lives(since, now)
    if len(lives) > MOST:
        raise ReplayError(f"there are {len(lives)} posts in these weeks; {MOST} can be replayed: ask for fewer days")
    posts = posts_by_id(life.post_id for life in lives)
    both = [(life, posts[life.post_id]) for life in lives]
    fed = _first_fulfilled(post.author_id for _, post in both)
    looks = np.exp(_VISITS_SPREAD * np.random.default_rng(0).normal(size=len(both)))
    donors = [(_donor(life, post, post.offer, since), post.area_id) for life, post in both if post.offer is not None]
    families = [
        (family, post.area_id)
        for (life, post), often in zip(both, looks, strict=True)
        if post.request is not None
        and may_be_proposed((family := _family(life, post, post.request, since, fed, float(often))).side)
    ]
    if min(len(donors), len(families)) < FEWEST:
        raise ReplayError(f"there are fewer than {FEWEST} offers or {FEWEST} families in these weeks")
    behaviour, measured = _behaviour(since, now)
    community = Community(
        tuple(donor for donor, _ in donors),
        tuple(family for family, _ in families),
        _lengths([area for _, area in donors], [area for _, area in families]),
        since,
        days,
    )
    return PastWeeks(community, behaviour, measured, since, now)


def _lives(since: datetime, until: datetime) -> list[_Life]:
    """The posts that were live at some moment between the two, in the order in which they came."""
    rows = db.session.execute(
        select(PostChange.post_id, PostChange.new_state, PostChange.changed_at)
        .where(PostChange.changed_at <= until)
        .order_by(PostChange.post_id, PostChange.changed_at, PostChange.id)
    )
    found = [
        life
        for post_id, group in groupby(rows, key=lambda row: row.post_id)
        if (life := _life(post_id, [(row.new_state, row.changed_at) for row in group])) is not None
        and (life.ended is None or life.ended > since)
    ]
    return sorted((life for life in found if _open_since(life) > since), key=lambda life: (life.live, life.post_id))


def _life(post_id: int, changes: Sequence[tuple[str, datetime]]) -> _Life | None:
    live = next((when for state, when in changes if state == PostState.LIVE), None)
    if live is None:
        return None
    state, when = changes[-1]
    return _Life(post_id, live, when if state in _ENDED_BY_THEMSELVES else None)


def _open_since(life: _Life) -> datetime:
    """Until when a post is taken to stand: an old one that was fulfilled long ago is no part of these weeks."""
    return life.ended or life.live + timedelta(days=_OPEN_DAYS)


def _first_fulfilled(family_ids: Iterable[int]) -> dict[int, datetime]:
    """When each of these families first had a request fulfilled."""
    rows = db.session.execute(
        select(Post.author_id, func.min(PostChange.changed_at))
        .join(PostChange, PostChange.post_id == Post.id)
        .where(Post.author_id.in_(set(family_ids)), Post.kind == "request", PostChange.new_state == PostState.FULFILLED)
        .group_by(Post.author_id)
    )
    return {author: when for author, when in rows}  # noqa: C416, a row is no pair to the type checker


def _donor(life: _Life, post: PostView, offer: OfferView, since: datetime) -> Donor:
    """An offer; without an end of its own it stands until its last day, its use-by, or three months."""
    side = replace(offer_side(post, offer, today=life.live.date()), live=True)
    last = use_by(side.milk) if side.supply is Supply.ONCE else None
    return Donor(side, _hour(life.live, since), _hour(_end(life, post.ends_on, last), since), offer.max_families)


def _family(
    life: _Life, post: PostView, request: RequestView, since: datetime, fed: dict[int, datetime], often: float
) -> Family:
    before = post.author_id in fed and fed[post.author_id] < life.live
    side = replace(request_side(post, request, fed_before=before), live=True)
    wanted = life.live + timedelta(days=side.days)
    goes = _hour(min(wanted, _end(life, post.ends_on, None)), since)
    return Family(side, _hour(life.live, since), goes, goes, often)


def _end(life: _Life, *days: date | None) -> datetime:
    ends = [datetime(day.year, day.month, day.day, tzinfo=life.live.tzinfo) for day in days if day is not None]
    return max(life.live, min([life.ended or life.live + timedelta(days=_OPEN_DAYS), *ends]))


def _hour(moment: datetime, since: datetime) -> float:
    return (moment - since).total_seconds() / 3600


def _lengths(donors: Sequence[AreaId], families: Sequence[AreaId]) -> np.ndarray:
    """Kilometres between the areas of donors and families; each pair of areas is measured once."""
    catalogue = load_catalogue()
    ends, place = np.unique(np.asarray(families, np.int32), return_inverse=True)
    rows = {area: np.asarray(catalogue.distances_from(area, ends))[place] for area in set(donors)}
    return np.array([rows[area] for area in donors], np.float64)


def _behaviour(since: datetime, until: datetime) -> tuple[Behaviour, tuple[str, ...]]:
    """The assumptions, with what the log measured where it holds enough: time to answer, promises not kept."""
    assumed, measured = Behaviour(), []
    waits = [
        (answered - said).total_seconds() / 3600
        for said, answered in db.session.execute(
            select(Interest.created_at, Interest.answered_at).where(
                Interest.origin == "yes",
                Interest.state.in_(["accepted", "declined"]),
                Interest.created_at.between(since, until),
            )
        )
        if answered is not None
    ]
    if len(waits) >= _ENOUGH_ANSWERS:
        assumed, measured = replace(assumed, answer_hours=max(1.0, float(np.mean(waits)))), ["answer_hours"]
    broken, kept = _promises(since, until)
    if broken + kept >= _ENOUGH_ANSWERS:
        assumed = replace(assumed, no_show=min(_MOST_BROKEN, broken / (broken + kept)))
        measured.append("no_show")
    return assumed, tuple(measured)


def _promises(since: datetime, until: datetime) -> tuple[int, int]:
    """How many promises came to nothing and how many were kept, of those whose end fell between the two."""
    broken = select(func.count()).where(Interest.fell_through_at.between(since, until))
    kept = select(func.count()).where(Booking.received.is_(True), Booking.at.between(since, until))
    return db.session.scalar(broken) or 0, db.session.scalar(kept) or 0
