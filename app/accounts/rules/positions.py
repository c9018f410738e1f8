"""
What the authorities say about sharing milk, so that the welcome page shows their split and does not average it.

Each position is a plain summary of its source; the page links the source.
"""

from dataclasses import dataclass
from typing import Final

from app.kernel.words import N_


@dataclass(frozen=True, slots=True)
class Position:
    """What one authority says, and where."""

    who: str
    says: str
    source: str
    address: str


POSITIONS: Final = (
    Position(
        N_("FDA (Food and Drug Administration, United States)"),
        N_(
            "Advises against feeding a baby milk that comes straight from other people or over the "
            "internet. Talk with the baby's clinician first."
        ),
        N_("Use of Donor Human Milk, FDA, 2010, updated 2018"),
        "https://www.fda.gov/science-research/pediatrics/use-donor-human-milk",
    ),
    Position(
        N_("AAP (American Academy of Pediatrics)"),
        N_(
            "Advises against informal sharing, because milk can carry germs, medicine or other "
            "substances. It supports pasteurised milk from milk banks for high-risk babies."
        ),
        N_("Donor Human Milk for the High-Risk Infant, Pediatrics 2017, reaffirmed 2024"),
        "https://publications.aap.org/pediatrics/article/139/1/e20163440",
    ),
    Position(
        N_("ABM (Academy of Breastfeeding Medicine)"),
        N_(
            "Accepts sharing within a community for healthy babies born at term, when the donor is "
            "screened and the milk is handled with care. It advises against getting milk over the "
            "internet, and against donors one does not know."
        ),
        N_("Informal Breast Milk Sharing for the Term Healthy Infant, Breastfeeding Medicine 2018"),
        "https://doi.org/10.1089/bfm.2017.29064.nks",
    ),
    Position(
        N_("HM4HB (Human Milk 4 Human Babies)"),
        N_(
            "Holds that families may choose milk sharing themselves when they know the options and the "
            "risks: informed choice, free of pressure, with full responsibility on both sides."
        ),
        N_("Frequently asked questions of HM4HB"),
        "http://hm4hb.net/faq/",
    ),
)
"""The positions in the order shown: the two against, the one between, the one for informed choice."""
