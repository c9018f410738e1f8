"""Who is there: donors and families with the hour they come and go, and how far apart they live."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.geo.distance import band_of
from app.kernel.quantities import Kilometres
from app.matching.rules.feasible import within_reach
from app.matching.rules.sides import Meeting, OfferSide, RequestSide
from app.posts.rules.drafts import FAMILIES_UNLESS_SAID

_SAME_AREA_KM = 2.0


@dataclass(frozen=True, slots=True)
class Donor:
    """
    An offer: its side as posted, the hours after the start at which it comes and ends with its milk unused, and for
    how many families it is at most where the site asks that.
    """

    side: OfferSide
    comes: float
    goes: float
    families: int = FAMILIES_UNLESS_SAID


@dataclass(frozen=True, slots=True)
class Family:
    """
    A request: its side as posted, when it comes and ends, how often the family looks by itself, and when it turns
    elsewhere if no milk was even promised by then.
    """

    side: RequestSide
    comes: float
    goes: float
    gives_up: float
    visits_a_day: float


@dataclass(frozen=True)
class Community:
    """Donors and families over ``days`` days; ``apart[donor, family]`` is kilometres."""

    donors: tuple[Donor, ...]
    families: tuple[Family, ...]
    apart: NDArray[np.float64]
    start: datetime
    days: int

    @property
    def hours(self) -> float:
        """How long it is watched."""
        return self.days * 24.0

    def moment(self, hour: float) -> datetime:
        """The time of an hour after the start."""
        return self.start + timedelta(hours=hour)

    def meeting(self, donor: int, family: int) -> Meeting:
        """What lies between two; what happened between them before the start is not known and does not count."""
        length = Kilometres(float(self.apart[donor, family]))
        return Meeting(length, band_of(length, same_area=length < _SAME_AREA_KM))

    @cached_property
    def within_reach(self) -> NDArray[np.bool_]:
        """Which donors and families could meet at all, by distance."""
        donors = np.array([donor.side.travel for donor in self.donors], np.float64)
        families = np.array([family.side.travel for family in self.families], np.float64)
        return np.asarray(within_reach(self.apart, donors[:, None], families[None, :]))  # type: ignore[arg-type]


def request_now(side: RequestSide, *, stock: float, days_left: float, fed: bool, comes: datetime) -> RequestSide:
    """A request as it stands later: milk came and was fed, days went by."""
    return replace(
        side,
        stock=type(side.stock)(round(stock)),
        days=max(1, round(days_left)),
        fed_before=side.fed_before or fed,
        published_at=comes,
    )
