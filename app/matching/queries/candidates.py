"""
Live posts of the other kind, held against one own post: read in plain rows, judged, and ordered by what fits best.

Nothing here is shown; :mod:`app.matching.queries.matches` turns the best into cards.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from sqlalchemy import select

from app.accounts.queries import blocked_ids
from app.geo.distance import BANDS
from app.infra.areas.storage import load_catalogue
from app.infra.database import db
from app.kernel.quantities import Kilometres
from app.matching.models import Interest
from app.matching.queries.nearby import Near, posts_near
from app.matching.queries.sides import fed_before, offer_side, request_side
from app.matching.rules.feasible import Verdict, judge
from app.matching.rules.fit import Fit, fit
from app.matching.rules.life import SPENT, InterestState
from app.matching.rules.score import Ground, Points, Weights, score
from app.matching.rules.sides import Meeting, OfferSide, RequestSide
from app.posts.queries import JudgedPost, PostView, live_offers, live_requests

BATCH: Final = 400
"""So many posts are read and judged at a time, nearest bands first."""

MOST_JUDGED: Final = 2_000
"""A list looks at no more than so many posts, even where it is not yet proven that nobody further off fits better."""

_NEVER_LISTED: Final = SPENT | {InterestState.ACCEPTED}
_BY_REQUEST: Final = (Ground.FIRST_MILK, Ground.NEED, Ground.FREEZER_EMPTY, Ground.WAITED)
"""Grounds that look at the request alone, and so give the same points to every offer before it."""

_BY_PLACE: Final = (Ground.NEAR, Ground.SHORT_TRIP)
_ROUNDING: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """
    Another's post held against one's own.

    ``points`` are None where only more than distance stands against the pair; ``said`` is the state of an interest
    between the two, None when there is none.
    """

    other: JudgedPost
    offer: OfferSide
    request: RequestSide
    meeting: Meeting
    fit: Fit
    verdict: Verdict
    points: Points | None
    said: str | None

    @property
    def total(self) -> float:
        """All points, below everything where there are none."""
        return self.points.total if self.points is not None else -1.0


@dataclass(slots=True)
class Judging:
    """One own post and everybody judged against it so far; ``complete`` once nobody near enough is left."""

    own: PostView
    now: datetime
    attributes: tuple[str, ...] = ()
    judged: list[Candidate] = field(default_factory=list)
    complete: bool = False

    def look(self, radius: Kilometres) -> list[Near]:
        """Who is near enough for ``radius`` and not judged yet, except those with whom everything is said."""
        hidden = blocked_ids(self.own.author_id) | {self.own.author_id}
        near = posts_near("request" if self.own.offer else "offer", self.own.area_id, radius, hidden=hidden)
        said, known = self._said(), {each.other.id for each in self.judged}
        return [each for each in near if each.post_id not in known and said.get(each.post_id) not in _NEVER_LISTED]

    def judge(self, near: Sequence[Near]) -> list[Candidate]:
        """Read and judge these posts; they are remembered."""
        posts = self._read(near)
        said = self._said()
        found = [self._candidate(posts[each.post_id], said) for each in near if each.post_id in posts]
        scored = self._scored(found)
        self.judged += scored
        return scored

    def best(self, many: int, *, passing: Iterable[Candidate] | None = None) -> list[Candidate]:
        """The best of those that fit, ties by id."""
        chosen = (each for each in (self.judged if passing is None else passing) if each.verdict.feasible)
        return sorted(chosen, key=lambda each: (-each.total, each.other.id))[:many]

    def _read(self, near: Sequence[Near]) -> dict[int, JudgedPost]:
        if self.own.offer is not None:
            return live_requests(near)
        return live_offers(near, {*(wish.attribute for wish in self.own.wishes), *self.attributes})

    def _said(self) -> dict[int, str]:
        """The state of each interest of one's own post, by the id of the other."""
        mine, other = Interest.offer_id, Interest.request_id
        if self.own.request is not None:
            mine, other = other, mine
        rows = db.session.execute(select(other, Interest.state).where(mine == self.own.id))
        return {row[0]: row[1] for row in rows}

    def _candidate(self, other: JudgedPost, said: dict[int, str]) -> Candidate:
        today = self.now.date()
        offer, request = self._sides(other)
        catalogue = load_catalogue()
        meeting = Meeting(
            catalogue.distance(self.own.area_id, other.area_id), catalogue.band(self.own.area_id, other.area_id)
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
            said=said.get(other.id),
        )
