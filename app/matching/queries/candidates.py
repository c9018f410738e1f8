"""
Live posts of the other kind held against one own post.

All of them are held against it in columns of numbers (:class:`Held`); only the few that are shown are read in full and
judged by the rules for one pair (:class:`Candidate`), so that what a page says comes from those rules alone. Nothing
here is shown; :mod:`app.matching.queries.matches` turns the best into cards.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import bindparam, select

from app.accounts.queries import blocked_ids
from app.infra.areas.storage import load_catalogue
from app.infra.reading import Statement, read
from app.kernel.quantities import Kilometres
from app.matching.configuration import matching_rules
from app.matching.models import Interest
from app.matching.queries.crowd import Crowd, Near
from app.matching.queries.known import offers_near, requests_near
from app.matching.queries.nearby import NO_FILTERS, Filters, crowd_near
from app.matching.queries.sides import fed_before, offer_side, request_side, wishes_of
from app.matching.queries.standing import passed_with
from app.matching.rules.feasible import Verdict, judge
from app.matching.rules.fit import Fit, fit
from app.matching.rules.life import SPENT, InterestState
from app.matching.rules.many import OfferColumns, RequestColumns, offer_columns, request_columns
from app.matching.rules.many.against import Against, against, own_hundredths
from app.matching.rules.many.columns import Bools, Int8, Int64
from app.matching.rules.reasons import TELLABLE
from app.matching.rules.score import Points, score
from app.matching.rules.sides import Meeting, OfferSide, RequestSide, Supply
from app.posts.queries import JudgedPost, PostView, told_offers, told_requests
from app.posts.rules.index_bits import offer_bits

MOST_HELD: Final = 5_000
"""A list looks at no more than so many posts, nearest bands first and newest first inside a band."""

_NEVER_LISTED: Final = SPENT | {InterestState.ACCEPTED}
_LOOKED_UP: Final = 60
"""So many of the best are asked first whether they were fed before."""

_INTEREST: Final = Interest.__table__.c
_OF_OFFER: Final[Statement] = select(_INTEREST.request_id, _INTEREST.state).where(
    _INTEREST.offer_id == bindparam("post")
)
_OF_REQUEST: Final[Statement] = select(_INTEREST.offer_id, _INTEREST.state).where(
    _INTEREST.request_id == bindparam("post")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """
    Another's post held against one's own.

    ``points`` are None where more than the distance stands against the pair; they never leave the server. ``said`` is
    the state of an interest between the two, None when there is none.
    """

    other: JudgedPost
    offer: OfferSide
    request: RequestSide
    meeting: Meeting
    fit: Fit
    verdict: Verdict
    points: Points | None
    said: str | None


@dataclass(frozen=True, slots=True)
class Held:
    """
    One's own post held against many others, in columns: row by row the posts of ``stand``.

    ``found`` is what the rules say, ``worth`` what orders the list where the family was never fed here, in hundredths,
    and ``worth_fed`` where it was. For a family the two are one.
    """

    stand: Crowd
    band: Int8
    offers: OfferColumns
    requests: RequestColumns
    found: Against
    worth: Int64
    worth_fed: Int64

    def best(self, among: Bools, many: int) -> list[Near]:
        """Of the posts ``among`` these rows the ``many`` worth most, worth most first, ties by id."""
        rows = np.flatnonzero(among)
        order = rows[np.lexsort((self.stand.post[rows], -self.worth[rows]))]
        size = many + _LOOKED_UP
        while True:
            head = order[:size]
            worth = self._certain(head)
            sure = np.lexsort((self.stand.post[head], -worth))[:many]
            # Who was fed before is worth less, never more, so whoever was not looked up cannot rise above these.
            if size >= len(order) or worth[sure[-1]] > self.worth[order[size]]:
                return self.stand.take(head[sure]).posts()
            size *= 4

    def _certain(self, rows: NDArray[np.intp]) -> Int64:
        if self.worth is self.worth_fed:
            return self.worth[rows]
        fed = fed_before(self.stand.author[rows].tolist())
        was_fed = np.isin(self.stand.author[rows], list(fed))
        return np.where(was_fed, self.worth_fed[rows], self.worth[rows])


@dataclass(frozen=True, slots=True)
class Own:
    """
    One's own live post, made ready to be held against hundreds of others.

    ``said`` is the state of each interest by the id of the other post, ``over`` are posts with which all is said:
    agreed, spent, or passed on. ``hidden`` are the author and whoever does not meet the author. ``asked`` are the
    attributes that decide who is listed.
    """

    post: PostView
    now: datetime
    side: OfferSide | RequestSide
    said: dict[int, str]
    over: frozenset[int]
    hidden: frozenset[int]
    asked: frozenset[str]

    def near(self, radius: Kilometres, *, contradicted: bool = False) -> Crowd:
        """
        Who is near enough for ``radius``, nearest band first, except those with whom everything is said.

        Those whom a must surely contradicts are left in the index unless they are ``contradicted`` on purpose.
        """
        kind, filters = ("request" if self.post.offer else "offer"), NO_FILTERS if contradicted else _filters(self.post)
        found = crowd_near(kind, self.post.area_id, radius, filters=filters, hidden=self.hidden)
        return found.take(~np.isin(found.post, list(self.over)))

    def hold(self, near: Crowd, *, measured: bool = False) -> Held:
        """
        What the rules say of each of these posts, in columns.

        They are taken to be within reach, unless the way to each is to be ``measured``.
        """
        today, weights = self.now.date(), matching_rules().weights
        if isinstance(self.side, OfferSide):
            offers = offer_columns([self.side], [self.post.area_id])
            stand, requests = requests_near(near)
        else:
            stand, offers = offers_near(near, today=today, about=self.asked)
            requests = request_columns([self.side], [self.post.area_id])
        band = stand.band
        reached = np.ones(len(band), np.bool_)
        if measured:
            reached = self.lengths(stand) <= self.post.travel_km + stand.travel
        found = against(offers, requests, band=band, reached=reached, now=self.now, weights=weights)
        if isinstance(self.side, RequestSide):
            worth = found.fed if self.side.fed_before else found.points
            return Held(stand, band, offers, requests, found, worth, worth)
        own = partial(
            own_hundredths, offers=offers, requests=requests, moved=found.moved, band=band,
            preference=self.side.preference, weights=weights,
        )  # fmt: skip
        return Held(stand, band, offers, requests, found, own(found.points), own(found.fed))

    def lengths(self, stand: Crowd) -> NDArray[np.float64]:
        """Kilometres to the area of each post."""
        areas, at = np.unique(stand.area, return_inverse=True)
        return load_catalogue().distances_from(self.post.area_id, areas)[at]

    def judge(self, near: Sequence[Near]) -> list[Candidate]:
        """Read and judge these posts, in their order, with all that their cards say."""
        posts = told_requests(near) if self.post.offer is not None else told_offers(near, self.asked | TELLABLE)
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
        return replace(one, request=request, points=points)


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

    ``attributes`` are those that offers are held against beyond what the post itself asks about.
    """
    interests = _OF_OFFER
    side: OfferSide | RequestSide
    if post.offer is not None:
        side = offer_side(post, post.offer, today=now.date())
    elif post.request is not None:
        side = request_side(post, post.request, fed_before=bool(fed_before([post.author_id])))
        interests = _OF_REQUEST
    else:
        return None
    said = {row[0]: row[1] for row in read(interests, post=post.id)}
    over = {post_id for post_id, state in said.items() if state in _NEVER_LISTED} | passed_with(post.id)
    asked = {wish.attribute for wish in post.wishes}
    hidden = blocked_ids(post.author_id) | {post.author_id}
    return Own(post, now, side, said, frozenset(over), hidden, frozenset(asked | set(attributes)))
