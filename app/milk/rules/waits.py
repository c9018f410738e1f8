"""
What others say about waiting after a medicine, a drink or an illness: each with its source, none of it our verdict.

A row gives days only where its source does; she decides on which day hers end. Rows of banks speak of milk for preterm
babies and are stricter than advice for nursing one's own. Where no source was read there is no row.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from app.kernel.words import N_
from app.milk.rules.deferrals import Kind
from app.milk.rules.policy import Source


@dataclass(frozen=True, slots=True)
class Wait:
    """
    What one source says, in our words; ``days`` after the last day, None where it names no such number.

    ``is_secondhand`` says that it was read in a page that reports the source, not in the source itself.
    """

    says: str
    source: Source
    days: int | None = None
    is_secondhand: bool = False


_WASHINGTON: Final = Source(
    "WAC 246-720-030, Washington State Department of Health",
    "https://app.leg.wa.gov/WAC/default.aspx?cite=246-720-030",
    "2026-11",
)
_NICE: Final = Source(
    "CG93 Donor milk banks, NICE",
    "https://www.nice.org.uk/guidance/cg93/ifp/chapter/How-long-can-I-donate-for",
    "2026-11",
)

WAITS: Final[dict[Kind, tuple[Wait, ...]]] = {
    Kind.MEDICINE: (
        Wait(
            N_("Milk banks have their own lists of medicines, stricter than advice for nursing one's own baby."),
            Source("Donate milk, Mothers' Milk Bank of Alabama", "https://mmbal.org/donate-milk", "2026-11"),
        ),
        Wait(
            N_("LactMed gathers what is known of each medicine in milk. It gives no advice for one person."),
            Source("LactMed, National Library of Medicine", "https://www.ncbi.nlm.nih.gov/books/NBK547439/", "2026-11"),
        ),
    ),
    Kind.ALCOHOL: (
        Wait(
            N_("This bank throws away milk that is marked as pumped within 12 hours of alcohol."),
            Source("Donate, Mid-Atlantic Mothers' Milk Bank", "https://midatlanticmilkbank.org/donate/", "2026-11"),
            days=1,
        ),
        Wait(
            N_("For one's own baby this module counts 2 to 3 hours for each drink."),
            Source("Alcohol, module 4, New Brunswick", "https://nb.unvanl.ca/en/module-4/alcohol", "2026-11"),
        ),
    ),
    Kind.NICOTINE: (
        Wait(
            N_("Washington's banks take no milk of somebody who had tobacco or nicotine in the last 30 days."),
            _WASHINGTON,
            days=30,
        ),
    ),
    Kind.CANNABIS: (
        Wait(N_("Washington's banks take no milk of somebody who uses cannabis or CBD at any time."), _WASHINGTON),
        Wait(
            N_("LactMed reports studies that found THC in milk from 6 days to more than 6 weeks later."),
            Source("LactMed (Cannabis)", "https://www.ncbi.nlm.nih.gov/books/NBK501922/", "2026-11"),
            is_secondhand=True,
        ),
    ),
    Kind.FEVER: (
        Wait(N_("NICE asks donors of banks to stop with a fever until the bank advises them to go on."), _NICE),
    ),
    Kind.MASTITIS: (
        Wait(N_("NICE asks donors of banks to stop with mastitis or thrush of the breast until it is over."), _NICE),
    ),
    Kind.VACCINE: (
        Wait(
            N_("This page names only the vaccines against yellow fever and smallpox as speaking against nursing."),
            Source(
                "Circumstances when breastfeeding is contraindicated, Obgyn Key",
                "https://obgynkey.com/circumstances-when-breastfeeding-is-contraindicated",
                "2026-11",
            ),
            is_secondhand=True,
        ),
    ),
    Kind.CONTRAST: (),
    Kind.OTHER: (),
}
"""The rows of each kind. Of contrast agents no source was read, so there is none."""


def would_end(wait: Wait, last: date | None, *, today: date) -> date | None:
    """
    The last day to keep back as this source counts; None where it counts none.

    Counted from the last day of what happened, so that there is nothing to say while it goes on, nor once she has set a
    day that is still to come.
    """
    if wait.days is None or last is None or last > today:
        return None
    return last + timedelta(days=wait.days)
