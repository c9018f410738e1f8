"""The two sides of a pair as the rules see them: what a donor states, what a family asks for, and how far apart."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from app.geo.distance import DistanceBand
from app.kernel.quantities import Kilometres, Millilitres


class FactState(StrEnum):
    """What a donor says about one thing: she leaves it out, she takes it, or she has not said."""

    AVOIDS = "avoids"
    USES = "uses"
    UNKNOWN = "unknown"


class Strength(StrEnum):
    """How much a family needs a wish: a *must* decides, a *prefer* only orders."""

    MUST = "must"
    PREFER = "prefer"


class Supply(StrEnum):
    """Milk handed over once, or again each week."""

    ONCE = "once"
    WEEKLY = "weekly"


class Preference(StrEnum):
    """What a donor likes best in her own list."""

    NONE = "none"
    FEWEST_HANDOFFS = "fewest_handoffs"
    NEAREST = "nearest"
    YOUNGEST = "youngest"


@dataclass(frozen=True, slots=True)
class MilkFact:
    """One stated fact; ``since`` is None when no date was given, ``level`` None when no amount was."""

    state: FactState
    since: date | None = None
    level: str | None = None


@dataclass(frozen=True, slots=True)
class MilkFacts:
    """
    What is known of the milk.

    A thing missing from ``stated`` is unknown. ``pumped_from`` and ``pumped_to`` are None when the donor did not say;
    milk that is still to be pumped counts as pumped from today.
    """

    stated: Mapping[str, MilkFact] = field(default_factory=dict)
    pumped_from: date | None = None
    pumped_to: date | None = None
    lipase: str = "unknown"
    storage: str = "freezer_unknown"


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing a family asks for; ``avoid_days`` is how long before pumping it should have been left out, ``level``
    the most that is fine.
    """

    attribute: str
    strength: Strength = Strength.MUST
    avoid_days: int | None = None
    level: str | None = None


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a family asks for, and whether it is willing to ask about what is not known."""

    asked: tuple[Wish, ...] = ()
    accepts_asks: bool = True
    immediate_allergy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferSide:
    """
    An offer as the matcher sees it.

    ``volume`` is all of a one-time offer, or one week's milk of a weekly one. ``baby_age_months`` was the age of the
    donor's baby on the day ``posted_on`` (None: today). ``preference`` orders her own list only.
    """

    id: int
    author_id: int
    live: bool
    travel: Kilometres
    supply: Supply
    volume: Millilitres
    milk: MilkFacts
    smallest_handoff: Millilitres | None = None
    after_loss: bool = False
    baby_age_months: int | None = None
    posted_on: date | None = None
    preference: Preference = Preference.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSide:
    """
    A request as the matcher sees it.

    ``fed_before`` says that milk already reached this family through the site; ``shares_need`` that it agreed to let
    others read about its need.
    """

    id: int
    author_id: int
    live: bool
    travel: Kilometres
    need_per_day: Millilitres
    days: int
    stock: Millilitres
    baby_age_band: str
    term_and_healthy: str
    wishes: Wishes
    published_at: datetime | None
    fed_before: bool = False
    shares_need: bool = False

    @property
    def whole_need(self) -> Millilitres:
        """What is still missing for all the days asked for, never below zero."""
        return Millilitres(max(0, self.need_per_day * self.days - self.stock))


@dataclass(frozen=True, slots=True)
class Meeting:
    """What lies between two posts: exact kilometres between their areas for the yes or no, the band for everything
    that can be seen.
    """

    length: Kilometres
    band: DistanceBand
    blocked: bool = False
    spent: bool = False
