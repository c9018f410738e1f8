"""
What helps the milk stay cold and the meeting go well, each line with its source; data, shown and never enforced.

Our own advice has no source and says nothing about health.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.handoffs.rules.amounts import Condition
from app.kernel.words import N_


@dataclass(frozen=True, slots=True)
class Source:
    """Who says so, and where it can be read."""

    name: str
    url: str


class Moment(StrEnum):
    """When a line of the checklist is of use."""

    PACK = "pack"
    MEET = "meet"
    HOME = "home"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to do; ``source`` is None for our own advice."""

    moment: Moment
    text: str
    source: Source | None = None


CDC_STORAGE: Final = Source(
    "CDC: Storage and Preparation of Breast Milk",
    "https://www.cdc.gov/breastfeeding/breast-milk-preparation-and-storage/handling-breastmilk.html",
)
EXCHANGE_ZONE: Final = Source(
    "Keego Harbor Police: Safer Exchange Zone",
    "https://www.keegoharbor.org/police-department/pages/safer-exchange-zone",
)

CHECKLIST: Final = (
    Line(Moment.PACK, N_("Check that each bag shows the day it was pumped."), CDC_STORAGE),
    Line(
        Moment.PACK,
        N_("Carry milk in an insulated cooler with frozen ice packs, for 24 hours at most."),
        CDC_STORAGE,
    ),
    Line(Moment.PACK, N_("Frozen bags stay frozen longer when they are packed close, with no air around them.")),
    Line(
        Moment.PACK, N_("The family brings a cooler and frozen packs too, and bags to replace if you agreed on that.")
    ),
    Line(
        Moment.MEET,
        N_("Meet by day in a busy public place. Many police stations mark a spot for this; safer is not a guarantee."),
        EXCHANGE_ZONE,
    ),
    Line(Moment.MEET, N_("Bring somebody, or tell somebody where you are and when. You need not meet at a home.")),
    Line(Moment.MEET, N_("Look at the bags together: still frozen, or cold, and labelled. No money changes hands.")),
    Line(Moment.HOME, N_("On arrival use the milk, or put it in the fridge or freezer at once."), CDC_STORAGE),
)

ARRIVAL: Final = {
    Condition.THAWED: Line(
        Moment.HOME,
        N_("Thawed milk keeps in the fridge for 24 hours after it has thawed fully. Never freeze it again."),
        CDC_STORAGE,
    ),
    Condition.PARTLY_THAWED: Line(
        Moment.HOME,
        N_("Look for ice crystals. Milk that has thawed fully keeps 24 hours in the fridge and is not frozen again."),
        CDC_STORAGE,
    ),
}
"""What to know about milk that did not arrive frozen solid or cold; nothing is said about the others."""


def lines_for(moment: Moment) -> tuple[Line, ...]:
    """The lines of one moment, in order."""
    return tuple(line for line in CHECKLIST if line.moment is moment)
