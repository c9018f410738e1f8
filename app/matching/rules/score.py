"""
How well a pair fits, in points out of 100 that a parent understands.

The points order lists and the yeses of one round; they are never shown, because with public weights they would tell
what a family keeps to itself. Distance counts only as the middle of the band everybody sees.
"""

import math
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from app.matching.rules.feasible import milk_for, use_by
from app.matching.rules.fit import Fit
from app.matching.rules.sides import Meeting, MilkFacts, OfferSide, RequestSide, Supply
from app.matching.rules.weights import DEFAULT, Weights

__all__ = [
    "WEIGHTS",
    "Ground",
    "Points",
    "Weights",
    "ages_at_pumping",
    "near_share",
    "need_share",
    "score",
]


class Ground(StrEnum):
    """What points are given for; the names are those of :class:`Weights`."""

    FIRST_MILK = "first_milk"
    NEED = "need"
    NEAR = "near"
    SHORT_TRIP = "short_trip"
    NEXT_DAYS = "next_days"
    FREEZER_EMPTY = "freezer_empty"
    MUSTS_STATED = "musts_stated"
    ONE_HANDOFF = "one_handoff"
    WAITED = "waited"
    USE_SOON = "use_soon"
    WEEKLY = "weekly"
    LIKE_AGE = "like_age"


WEIGHTS: Final = DEFAULT.weights

SHORT_TRIP_KM: Final = 15
COVERED_DAYS: Final = 14
EMPTY_IN_DAYS: Final = 10
FULL_WAIT_DAYS: Final = 14
SOON_DAYS: Final = 30
DAILY_NEED_DAYS: Final = 14
DAYS_IN_MONTH: Final = 30.4375
SECONDS_A_DAY: Final = 86_400
BAND_MONTHS: Final = {"0_3": (0, 3), "3_6": (3, 6), "6_12": (6, 12), "12_plus": (12, 36)}
UNDER_SIX_MONTHS: Final = frozenset({"0_3", "3_6"})


@dataclass(frozen=True, slots=True)
class Points:
    """The points of one pair, ground by ground."""

    by_ground: tuple[tuple[Ground, float], ...]

    @property
    def total(self) -> float:
        """All points together, rounded to a hundredth so that every machine orders alike."""
        return round(sum(points for _, points in self.by_ground), 2)

    def of(self, ground: Ground) -> float:
        """The points given for one ground."""
        return dict(self.by_ground)[ground]


def score(
    offer: OfferSide, request: RequestSide, meeting: Meeting, fit: Fit, *, now: datetime, weights: Weights = WEIGHTS
) -> Points:
    """The points of a feasible pair; each ground gives its weight times a share between 0 and 1."""
    shares = {
        Ground.FIRST_MILK: float(not request.fed_before),
        Ground.NEED: need_share(request),
        Ground.NEAR: near_share(offer, request, meeting),
        Ground.SHORT_TRIP: math.exp(-meeting.band.middle / SHORT_TRIP_KM),
        Ground.NEXT_DAYS: _covers(offer, request),
        Ground.FREEZER_EMPTY: _between(1 - request.stock / request.need_per_day / EMPTY_IN_DAYS),
        Ground.MUSTS_STATED: float(fit.all_musts_met),
        Ground.ONE_HANDOFF: float(offer.supply is Supply.ONCE and offer.volume <= request.whole_need),
        Ground.WAITED: _waited(request, now),
        Ground.USE_SOON: _use_soon(offer, now.date()),
        Ground.WEEKLY: float(offer.supply is Supply.WEEKLY and request.days >= DAILY_NEED_DAYS),
        Ground.LIKE_AGE: float(_like_age(offer, request.baby_age_band, now.date())),
    }
    return Points(tuple((ground, getattr(weights, ground) * share) for ground, share in shares.items()))


def _between(share: float) -> float:
    return min(1.0, max(0.0, share))


def need_share(request: RequestSide) -> float:
    """How great the need is: 1 when milk is medically indicated, 0.6 for a baby under six months, else 0.3."""
    if request.term_and_healthy == "no":
        return 1.0
    return 0.6 if request.baby_age_band in UNDER_SIX_MONTHS else 0.3


def near_share(offer: OfferSide, request: RequestSide, meeting: Meeting) -> float:
    """1 at no distance, 0 at both radii together or when neither travels; by the middle of the band."""
    reach = offer.travel + request.travel
    return _between(1 - meeting.band.middle / reach) if reach > 0 else 0.0


def _covers(offer: OfferSide, request: RequestSide) -> float:
    missing = request.need_per_day * min(COVERED_DAYS, request.days) - request.stock
    return _between(milk_for(offer, request) / missing) if missing > 0 else 1.0


def _waited(request: RequestSide, now: datetime) -> float:
    if request.published_at is None:
        return 0.0
    return _between((now - request.published_at).total_seconds() / SECONDS_A_DAY / FULL_WAIT_DAYS)


def _use_soon(offer: OfferSide, today: date) -> float:
    last = use_by(offer.milk)
    return _between(1 - (last - today).days / SOON_DAYS) if last is not None else 0.0


def ages_at_pumping(milk: MilkFacts, months: int, *, posted_on: date, today: date) -> tuple[float, float]:
    """
    How old the donor's baby was, in months, when the first and the last of this milk was pumped; never below zero.

    ``months`` is the age on ``posted_on``. Milk without a first day counts as pumped from that day on, milk without a
    last day as pumped until today.
    """
    first = milk.pumped_from or posted_on
    last = max(first, milk.pumped_to or today)
    return _age_on(first, months, posted_on), _age_on(last, months, posted_on)


def _age_on(day: date, months: int, posted_on: date) -> float:
    return max(0.0, months - (posted_on - day).days / DAYS_IN_MONTH)


def _like_age(offer: OfferSide, band: str, today: date) -> bool:
    if offer.baby_age_months is None:
        return False
    youngest, oldest = ages_at_pumping(
        offer.milk, offer.baby_age_months, posted_on=offer.posted_on or today, today=today
    )
    low, high = BAND_MONTHS[band]
    return youngest <= high and low <= oldest
