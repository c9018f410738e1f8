"""
How long milk keeps, by whom: a table of sources, each read in the source itself and dated.

The rows speak of milk for a healthy, term baby at home; rows of banks say up to what age a bank takes milk. Where a
source says nothing of a place, it has no row. Sources disagree on purpose side by side: nothing is averaged.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.kernel.words import N_
from app.milk.rules.keeping import Kept


class Unit(StrEnum):
    """In what a limit is counted."""

    HOURS = "hours"
    DAYS = "days"
    MONTHS = "months"


@dataclass(frozen=True, slots=True)
class Span:
    """So many hours, days or calendar months."""

    count: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class Source:
    """Who says it, where, and in which month we read it there (``2026-11``)."""

    title: str
    url: str
    read_in: str


@dataclass(frozen=True, slots=True)
class Keeps:
    """One row: what a source gives one place; ``best`` is what it recommends, ``use`` the longest it accepts."""

    best: Span
    use: Span


@dataclass(frozen=True, slots=True)
class Policy:
    """
    One source's rows.

    ``thawed`` is how long fully thawed milk keeps in a fridge, None where the source says nothing. ``heated`` says
    whether milk that the donor heated in any way is taken; only rules of banks say no.
    """

    key: str
    name: str
    source: Source
    rows: dict[Kept, Keeps]
    thawed: Span | None = None
    is_bank: bool = False
    heated: bool = True


_READ: Final = "2026-11"


def _hours(count: int) -> Span:
    return Span(count, Unit.HOURS)


def _days(count: int) -> Span:
    return Span(count, Unit.DAYS)


def _months(count: int) -> Span:
    return Span(count, Unit.MONTHS)


def _same(span: Span) -> Keeps:
    return Keeps(span, span)


CDC: Final = Policy(
    "cdc",
    N_("CDC, United States"),
    Source(
        "Centers for Disease Control and Prevention: Storage and Preparation of Breast Milk",
        "https://www.cdc.gov/breastfeeding/breast-milk-preparation-and-storage/handling-breastmilk.html",
        _READ,
    ),
    {
        Kept.FRESH: _same(_hours(4)),
        Kept.FRIDGE: _same(_days(4)),
        Kept.FREEZER: Keeps(_months(6), _months(12)),
        Kept.DEEP_FREEZER: Keeps(_months(6), _months(12)),
        # Nobody knows how cold it is, so the shorter of the two numbers is taken for both.
        Kept.FREEZER_UNKNOWN: _same(_months(6)),
    },
    thawed=_hours(24),
)
"""What every lot is reckoned by: the one source that speaks of every place."""

UK: Final = Policy(
    "uk",
    N_("Breastfeeding Network, United Kingdom"),
    Source(
        "The Breastfeeding Network: Expressing and storing",
        "https://www.breastfeedingnetwork.org.uk/breastfeeding-help/expressing-storing/",
        _READ,
    ),
    {Kept.FRESH: _same(_hours(6)), Kept.FRIDGE: _same(_days(8))},
    thawed=_hours(12),
)
BRITISH_COLUMBIA: Final = Policy(
    "bc",
    N_("HealthLink BC, British Columbia"),
    Source(
        "HealthLinkBC: Storing and using breastmilk",
        "https://healthlinkbc.ca/living-well/parenting/parenting-babies-0-12-months/breastfeeding/"
        "storing-and-using-breastmilk",
        _READ,
    ),
    {
        Kept.FRIDGE: _same(_days(3)),
        Kept.FREEZER: _same(_months(6)),
        Kept.DEEP_FREEZER: Keeps(_months(6), _months(12)),
        # The shortest it gives any freezer: a compartment inside a fridge.
        Kept.FREEZER_UNKNOWN: _same(_months(1)),
    },
)
HOME: Final = (CDC, UK, BRITISH_COLUMBIA)
"""What is shown for milk at home, the one everything is reckoned by first."""

BANKS: Final = (
    Policy(
        "wa_banks",
        N_("Milk banks certified in Washington State"),
        Source(
            "Washington Administrative Code 246-720-040: collection",
            "https://app.leg.wa.gov/WAC/default.aspx?cite=246-720&full=true",
            _READ,
        ),
        {
            # After these hours it must be in a freezer.
            Kept.FRIDGE: _same(_hours(96)),
            Kept.FREEZER: _same(_months(12)),
            Kept.DEEP_FREEZER: _same(_months(12)),
            Kept.FREEZER_UNKNOWN: _same(_months(12)),
        },
        is_bank=True,
        heated=False,
    ),
    Policy(
        "mid_atlantic",
        N_("Mid-Atlantic Mothers' Milk Bank"),
        Source("Mid-Atlantic Mothers' Milk Bank: Donate", "https://midatlanticmilkbank.org/donate/", _READ),
        {
            Kept.FREEZER: _same(_months(8)),
            Kept.DEEP_FREEZER: _same(_months(8)),
            Kept.FREEZER_UNKNOWN: _same(_months(8)),
        },
        is_bank=True,
    ),
    Policy(
        "milk_bank_in",
        N_("The Milk Bank, Indiana"),
        Source("The Milk Bank: Donating moms", "https://www.themilkbank.org/donating-moms-1", _READ),
        {
            # It asks for freezing within these hours.
            Kept.FRIDGE: _same(_hours(24)),
            Kept.FREEZER: _same(_months(6)),
            Kept.DEEP_FREEZER: _same(_months(9)),
            Kept.FREEZER_UNKNOWN: _same(_months(6)),
        },
        is_bank=True,
    ),
    Policy(
        "ny_banks",
        N_("Milk banks licensed in New York State"),
        Source(
            "10 NYCRR 52-9.6: collection and storage (text of 2000)",
            "https://regs.health.ny.gov/book/export/html/45292",
            _READ,
        ),
        # At −20 °C or colder and not in a household freezer that defrosts by itself: so no other freezer has a row.
        {Kept.FRIDGE: _same(_hours(48)), Kept.DEEP_FREEZER: _same(_months(6))},
        is_bank=True,
    ),
)
"""Up to what age these banks take milk: for drives, and no rule for home."""
