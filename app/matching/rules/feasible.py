"""Can these two meet at all? Each no is named, so that it can be told."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from app.kernel.quantities import Kilometres, Millilitres
from app.matching.rules.fit import Fit
from app.matching.rules.sides import Meeting, MilkFacts, OfferSide, RequestSide, Supply

SMALLEST_MOVE: Final = Millilitres(295)
"""At least this much must change hands: 295 ml, about 10 oz. Waived after a loss."""

LIKELY_HANDOFF: Final = timedelta(days=3)
"""How long after a proposal the milk usually changes hands; it must still be within its storage limit then."""

STORAGE_DAYS: Final = {"deep_freezer": 365, "freezer": 365, "freezer_unknown": 183, "fridge": 4}
"""
Days from pumping to use-by: CDC's acceptable 12 months frozen and 4 days in a fridge.

A freezer of unknown kind gets the shorter 6 months. Fresh milk is handed over as it is pumped and has no entry.
"""

THAWED: Final = "thawed"
"""Thawed milk is to be used within 24 hours and never frozen again (CDC), so there is no time left for a meeting."""

_DAYS_IN_WEEK: Final = 7


class Refusal(StrEnum):
    """Why a pair is not feasible."""

    OWN_POST = "own_post"
    BLOCKED = "blocked"
    NOT_LIVE = "not_live"
    SPENT = "spent"
    OUT_OF_REACH = "out_of_reach"
    TOO_LITTLE = "too_little"
    BELOW_SMALLEST_HANDOFF = "below_smallest_handoff"
    PAST_USE_BY = "past_use_by"
    THAWED = "thawed"
    CONFLICT = "conflict"
    ASKS_NOT_ACCEPTED = "asks_not_accepted"
    IMMEDIATE_ALLERGY = "immediate_allergy"


CHOSEN_BY_PEOPLE: Final = frozenset(
    {
        Refusal.TOO_LITTLE,
        Refusal.BELOW_SMALLEST_HANDOFF,
        Refusal.PAST_USE_BY,
        Refusal.ASKS_NOT_ACCEPTED,
        Refusal.IMMEDIATE_ALLERGY,
    }
)
"""The site does not propose such a pair, but two people who found each other in search may still choose it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every reason against a pair; none means that it may be proposed."""

    refusals: tuple[Refusal, ...]

    @property
    def feasible(self) -> bool:
        """Whether the site may propose the pair."""
        return not self.refusals

    @property
    def only_distance(self) -> bool:
        """Whether the pair would be proposed if either travelled further."""
        return self.refusals == (Refusal.OUT_OF_REACH,)

    @property
    def only_diet(self) -> bool:
        """Whether the pair would be proposed but for a contradicted must."""
        return self.refusals == (Refusal.CONFLICT,)

    @property
    def against_people(self) -> tuple[Refusal, ...]:
        """What stands against the pair even when both want it."""
        return tuple(item for item in self.refusals if item not in CHOSEN_BY_PEOPLE)


def within_reach(length: Kilometres, one: Kilometres, other: Kilometres) -> bool:
    """Whether two people who travel so far can meet: both radii together, the limit included."""
    return length <= one + other


def may_be_proposed(request: RequestSide) -> bool:
    """
    Whether a round may put offers on this family's page unasked.

    Not for a baby born early or ill, whose family goes to a milk bank and its clinician first and sees here only what
    it asks to see; and not after an immediate allergy, where the allergist comes first.
    """
    return request.term_and_healthy != "no" and not request.wishes.immediate_allergy


def milk_for(offer: OfferSide, request: RequestSide) -> Millilitres:
    """What the offer holds for this request's days: all of it, or each week's milk for each week begun."""
    if offer.supply is Supply.ONCE:
        return offer.volume
    weeks = -(-request.days // _DAYS_IN_WEEK)
    return Millilitres(offer.volume * weeks)


def movable(offer: OfferSide, request: RequestSide) -> Millilitres:
    """What would change hands: the smaller of what is there and what is still missing."""
    return Millilitres(min(milk_for(offer, request), request.whole_need))


def use_by(milk: MilkFacts) -> date | None:
    """The last day on which the newest milk may be fed; None when no limit is known or no date was said."""
    days = STORAGE_DAYS.get(milk.storage)
    if days is None or milk.pumped_to is None:
        return None
    return milk.pumped_to + timedelta(days=days)


def judge(offer: OfferSide, request: RequestSide, meeting: Meeting, fit: Fit, *, today: date) -> Verdict:
    """Every reason against proposing ``offer`` to ``request``."""
    found = (*_people(offer, request, meeting), *_milk(offer, request, today), *_diet(request, fit))
    return Verdict(tuple(refusal for refusal, holds in found if holds))


def _people(offer: OfferSide, request: RequestSide, meeting: Meeting) -> tuple[tuple[Refusal, bool], ...]:
    return (
        (Refusal.OWN_POST, offer.author_id == request.author_id),
        (Refusal.BLOCKED, meeting.blocked),
        (Refusal.NOT_LIVE, not (offer.live and request.live)),
        (Refusal.SPENT, meeting.spent),
        (Refusal.OUT_OF_REACH, not within_reach(meeting.length, offer.travel, request.travel)),
    )


def _milk(offer: OfferSide, request: RequestSide, today: date) -> tuple[tuple[Refusal, bool], ...]:
    moved = movable(offer, request)
    last = use_by(offer.milk) if offer.supply is Supply.ONCE else None
    return (
        (Refusal.TOO_LITTLE, not offer.after_loss and moved < SMALLEST_MOVE),
        (Refusal.BELOW_SMALLEST_HANDOFF, moved < (offer.smallest_handoff or 0)),
        (Refusal.THAWED, offer.milk.storage == THAWED),
        (Refusal.PAST_USE_BY, last is not None and last < today + LIKELY_HANDOFF),
    )


def _diet(request: RequestSide, fit: Fit) -> tuple[tuple[Refusal, bool], ...]:
    return (
        (Refusal.CONFLICT, fit.impossible),
        (Refusal.ASKS_NOT_ACCEPTED, bool(fit.must_ask) and not request.wishes.accepts_asks),
        (Refusal.IMMEDIATE_ALLERGY, request.wishes.immediate_allergy),
    )
