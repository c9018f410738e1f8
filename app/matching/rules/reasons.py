"""
The plain reasons beside a proposal: at most four, the one that gave most points first.

What a family keeps to itself stays so: need is a reason only when it agreed to share it, and nothing about medicines,
substances or tests is ever a reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from app.geo.distance import DistanceBand
from app.kernel.quantities import Millilitres
from app.matching.rules.feasible import milk_for, movable, use_by
from app.matching.rules.fit import Answer, Explained, Fit
from app.matching.rules.score import Ground, Points, need_share
from app.matching.rules.sides import Meeting, OfferSide, RequestSide, Strength, Supply
from app.posts.rules import SHOWN_TO_ALL

MOST_REASONS: Final = 4
_WORTH_TELLING: Final = 0.5
"""A ground that gave less than half a point is no reason."""

_GREAT_NEED: Final = 0.6
"""From this share on a need is called great: a baby under six months, or one for whom milk is medically indicated."""

TELLABLE: Final = SHOWN_TO_ALL
"""Attributes that a card may name; see there for the others."""


class Kind(StrEnum):
    """What a reason says; its words are chosen by the reader's side."""

    DISTANCE = "distance"
    FIRST_MILK = "first_milk"
    NEED = "need"
    FREEZER_EMPTY = "freezer_empty"
    DIET = "diet"
    VOLUME = "volume"
    ONE_HANDOFF = "one_handoff"
    WAITED = "waited"
    USE_SOON = "use_soon"
    WEEKLY = "weekly"
    LIKE_AGE = "like_age"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason with the quantities its words need; those it does not need are None."""

    kind: Kind
    points: float
    band: DistanceBand | None = None
    explained: Explained | None = None
    moved: Millilitres | None = None
    wanted: Millilitres | None = None
    day: date | None = None


def reasons(offer: OfferSide, request: RequestSide, meeting: Meeting, fit: Fit, points: Points) -> tuple[Reason, ...]:
    """At most four reasons, most points first, ties in the order of the grounds."""
    told = [reason for reason in _all(offer, request, meeting, fit, points) if reason.points >= _WORTH_TELLING]
    return tuple(sorted(told, key=lambda reason: -reason.points)[:MOST_REASONS])


def _all(offer: OfferSide, request: RequestSide, meeting: Meeting, fit: Fit, points: Points) -> Iterator[Reason]:
    yield Reason(Kind.FIRST_MILK, points.of(Ground.FIRST_MILK))
    yield Reason(Kind.DISTANCE, points.of(Ground.NEAR) + points.of(Ground.SHORT_TRIP), band=meeting.band)
    yield _volume(offer, request, points)
    if request.shares_need:
        if need_share(request) >= _GREAT_NEED:
            yield Reason(Kind.NEED, points.of(Ground.NEED))
        yield Reason(Kind.FREEZER_EMPTY, points.of(Ground.FREEZER_EMPTY))
    yield from _diet(request, fit, points)
    yield Reason(Kind.WAITED, points.of(Ground.WAITED), day=request.published_at and request.published_at.date())
    yield Reason(Kind.USE_SOON, points.of(Ground.USE_SOON), day=use_by(offer.milk))
    yield Reason(Kind.LIKE_AGE, points.of(Ground.LIKE_AGE))


def _volume(offer: OfferSide, request: RequestSide, points: Points) -> Reason:
    """One reason about the amount: each week's milk, all in one handoff, or so much of what is needed."""
    given = points.of(Ground.NEXT_DAYS) + points.of(Ground.ONE_HANDOFF) + points.of(Ground.WEEKLY)
    if offer.supply is Supply.WEEKLY:
        return Reason(Kind.WEEKLY, given, moved=offer.volume, wanted=request.whole_need)
    if milk_for(offer, request) <= request.whole_need:
        return Reason(Kind.ONE_HANDOFF, given, moved=offer.volume, wanted=request.whole_need)
    return Reason(Kind.VOLUME, given, moved=movable(offer, request), wanted=request.whole_need)


def _diet(request: RequestSide, fit: Fit, points: Points) -> Iterator[Reason]:
    """
    The first tellable must that is met stands for all of them, so that the count tells nothing.

    Its place tells nothing either: beside a must that no card may name (a medicine, alcohol …) it always stands last,
    whether that one is met or not.
    """
    met = (item for item in fit.meets if item.wish.strength is Strength.MUST and item.wish.attribute in TELLABLE)
    first = next(met, None)
    if first is not None:
        musts = (wish.attribute for wish in request.wishes.asked if wish.strength is Strength.MUST)
        given = points.of(Ground.MUSTS_STATED) if TELLABLE.issuperset(musts) else 0.0
        yield Reason(Kind.DIET, max(given, _WORTH_TELLING), explained=first)


def tellable(items: tuple[Explained, ...]) -> tuple[Explained, ...]:
    """Those answers that a card may name."""
    return tuple(item for item in items if item.wish.attribute in TELLABLE)


def asks_on_card(fit: Fit) -> tuple[Explained, ...]:
    """What a card lists as still to be asked."""
    return tuple(item for item in tellable(fit.asks) if item.answer is Answer.ASK)
