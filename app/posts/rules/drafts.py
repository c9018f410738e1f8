"""
What somebody says in a post, typed: volumes in millilitres, the radius in kilometres, days as dates.

A draft may be wrong; :mod:`app.posts.rules.checks` says where.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar, Final

from app.geo.distance import TRAVEL_KM, TRAVEL_MILES
from app.kernel.quantities import Kilometres, Millilitres
from app.kernel.words import N_

__all__ = ["TRAVEL_KM", "TRAVEL_MILES", "Draft", "Fact", "OfferDraft", "RequestDraft", "Wish"]

STORAGE: Final = {
    "deep_freezer": N_("Chest or deep freezer"),
    "freezer": N_("Freezer of a fridge, with its own door"),
    "freezer_unknown": N_("Frozen, I am not sure how"),
    "fridge": N_("In the fridge, never frozen"),
    "fresh": N_("Fresh, I pump for the handoff"),
    "thawed": N_("Thawed"),
}
"""How the milk is kept. ``thawed`` may be said, and is then refused with the reason."""

LIPASE: Final = {
    "unknown": N_("I do not know"),
    "not_noticed": N_("Thawed some: no soapy taste"),
    "soapy_after_days": N_("Turns soapy after some days"),
    "scalded_before_freezing": N_("Scalded before freezing"),
}
"""What the donor knows of a soapy taste."""

REPLACE_BAGS: Final = {
    "unsaid": N_("Rather not say"),
    "yes": N_("Yes, please replace or I replace"),
    "welcome": N_("Welcome, not needed"),
    "no": N_("No"),
}
"""Whether storage bags are replaced."""

PREFERENCES: Final = {
    "none": N_("As it comes: the fairest for the families"),
    "fewest_handoffs": N_("Fewest handoffs: who could take most at once"),
    "nearest": N_("The nearest"),
    "youngest": N_("The youngest baby"),
}
"""What a donor likes best in her own list."""

BABY_AGE_BANDS: Final = {
    "0_3": N_("Under 3 months"),
    "3_6": N_("3 to 6 months"),
    "6_12": N_("6 to 12 months"),
    "12_plus": N_("Over a year"),
}
"""The age of a family's baby: a band, never a date."""

TERM_AND_HEALTHY: Final = {
    "yes": N_("Yes, born at term and healthy"),
    "no": N_("No, born early, or ill"),
    "unsaid": N_("Rather not say"),
}
"""Whether the baby was born at term and is healthy."""

AVOID_DAYS: Final = (3, 7, 14, 21)
"""Days before pumping that a family may ask a food to have been left out; sources disagree, so the family chooses."""

AVOID_DAYS_DEFAULT: Final = 14

NOTHING: Final = Millilitres(0)

DEFAULT_LIFE: Final = timedelta(days=60)
"""How long a post stays live when its author names no last day."""

ENDING_SOON: Final = timedelta(days=3)
"""How long before the last day its author is reminded."""


FAMILIES_UNLESS_SAID: Final = 3
"""
For how many families an offer is unless its donor says otherwise.

A middle offer of three litres holds a week's milk for one baby fed wholly from it, or for three fed partly. One at most
left the rest of every larger offer to nobody.
"""


@dataclass(frozen=True, slots=True)
class Fact:
    """What a donor states of one attribute: ``avoids``, ``uses`` or ``unknown``, since when (None: not said), and how
    much (None: not said).
    """

    attribute: str
    state: str
    since: date | None = None
    level: str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """
    What a family asks of one attribute: ``must`` or ``prefer``.

    ``avoid_days`` is how long before pumping it should have been left out (None: any time), ``level`` the most that is
    still fine (None: none at all).
    """

    attribute: str
    strength: str
    avoid_days: int | None = None
    level: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferDraft:
    """An offer as typed: ``volume_ml`` when ``supply`` is ``once``, ``weekly_ml`` when it is ``weekly``."""

    kind: ClassVar[str] = "offer"

    supply: str
    volume_ml: Millilitres | None = None
    weekly_ml: Millilitres | None = None
    pumped_from: date | None = None
    pumped_to: date | None = None
    storage: str
    lipase: str = "unknown"
    baby_age_months: int | None = None
    max_families: int = FAMILIES_UNLESS_SAID
    smallest_handoff_ml: Millilitres | None = None
    after_loss: bool = False
    preference: str = "none"
    travel_km: Kilometres
    note: str = ""
    replace_bags: str = "unsaid"
    ends_on: date | None = None
    facts: tuple[Fact, ...] = ()

    @property
    def amount_ml(self) -> Millilitres | None:
        """The volume offered once, or each week."""
        return self.volume_ml if self.supply == "once" else self.weekly_ml


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDraft:
    """A request as typed: so much a day, for so many days, with so much still in store."""

    kind: ClassVar[str] = "request"

    need_ml_per_day: Millilitres
    days: int
    stock_ml: Millilitres = NOTHING
    baby_age_band: str
    term_and_healthy: str = "unsaid"
    immediate_allergy: bool = False
    accepts_asks: bool = True
    travel_km: Kilometres
    note: str = ""
    replace_bags: str = "unsaid"
    ends_on: date | None = None
    wishes: tuple[Wish, ...] = ()


Draft = OfferDraft | RequestDraft
