"""Where a fact used by a rule or shown beside a field comes from: title and address by short id."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Source:
    """A page or paper; ``evidence`` is V (read in the source itself) or S (read in a page that reports it)."""

    id: str
    title: str
    url: str
    evidence: str


def _register(*rows: Source) -> dict[str, Source]:
    return {row.id: row for row in rows}


_PUBMED: Final = "https://pubmed.ncbi.nlm.nih.gov/"
_CDC: Final = "https://www.cdc.gov/breastfeeding"

SOURCES: Final = _register(
    Source(
        "CDC-STORE", "Storage and Preparation of Breast Milk, CDC",
        f"{_CDC}/breast-milk-preparation-and-storage/handling-breastmilk.html", "V",
    ),
    Source(
        "BFN", "Expressing and storing breast milk, Breastfeeding Network UK",
        "https://www.breastfeedingnetwork.org.uk/breastfeeding-help/expressing-storing/", "V",
    ),
    Source(
        "HOST-1990", "Høst et al. 1990: bovine β-lactoglobulin in human milk", f"{_PUBMED}2376021/", "V",
    ),
    Source(
        "MATANG-2017", "Matangkasombut et al. 2017: β-lactoglobulin in milk 7 days after cow's milk",
        "https://www.fil-idf.org/sciences/"
        "detection-beta-lactoglobulin-human-breast-milk-7-days-cow-milk-ingestion/", "V",
    ),
    Source("KILSHAW-1984", "Kilshaw & Cant 1984: egg and milk protein in human milk", f"{_PUBMED}6746107/", "V"),
    Source("VADAS-2001", "Vadas et al. 2001: peanut protein in human milk", f"{_PUBMED}11277829/", "V"),
    Source(
        "TRONCONE", "Troncone et al.: passage of gliadin into human milk",
        "https://www.semanticscholar.org/search?q=Troncone%20gliadin%20human%20breast%20milk", "V",
    ),
    Source("LACTA", "Donor qualification criteria, Lactalogics", "https://lactalogics.com/donors/qualify/", "V"),
    Source(
        "AAP-KINSHIP", "Milk kinship and donor milk, Pediatrics 2021;147(2):e20200441",
        "https://publications.aap.org/pediatrics/article/147/2/e20200441", "V",
    ),
    Source("IABLE-CAFF", "Caffeine and breastfeeding, IABLE", "https://trashthepumpanddump.org/caffeine", "S"),
    Source(
        "CDC-ALC", "Alcohol and breastfeeding, CDC",
        f"{_CDC}-special-circumstances/hcp/vaccine-medication-drugs/alcohol.html", "S",
    ),
    Source("NB-ALC", "Alcohol and breastfeeding, New Brunswick", "https://nb.unvanl.ca/en/module-4/alcohol", "V"),
    Source("MAMMB", "Donate, Mid-Atlantic Mothers' Milk Bank", "https://midatlanticmilkbank.org/donate/", "V"),
    Source(
        "NIC-A", "Nicotine and its traces in milk (a secondary page)",
        "https://www.droracle.ai/articles/382649/is-nicotine-expressed-in-breast-milk", "S",
    ),
    Source(
        "WSU-2024", "THC in milk after 12 hours without cannabis, Washington State University 2024",
        "https://nwscience.org/sciencewire/zaske-thc-in-breastmilk/", "S",
    ),
    Source("LACTMED-FENU", "Fenugreek, LactMed", f"{_PUBMED}30000838/", "V"),
    Source(
        "EOF-HC", "Health considerations, Eats on Feets Resources",
        "https://eatsonfeetsresources.org/health-considerations", "V",
    ),
    Source(
        "MEDALG", "High lipase in stored milk, Medical Algorithms",
        "http://www.medicalalgorithms.com/impact-of-increased-lipoprotein-lipase-on-breast-milk", "V",
    ),
    Source(
        "AAP-2017", "Donor Human Milk for the High-Risk Infant, American Academy of Pediatrics",
        "https://publications.aap.org/pediatrics/article/139/1/e20163440", "V",
    ),
    Source(
        "ABM-2017", "Informal Breast Milk Sharing for the Term Healthy Infant, Academy of Breastfeeding Medicine",
        "https://doi.org/10.1089/bfm.2017.29064.nks", "V",
    ),
    Source("HMBANA", "Find a milk bank, HMBANA", "https://www.hmbana.org/find-a-milk-bank/", "V"),
)  # fmt: skip
"""Only pages that were read (V) or read about (S) stand here; opinion and memory do not."""


def sources(ids: Iterable[str]) -> tuple[Source, ...]:
    """
    The sources of these ids, in their order.

    Raises :class:`KeyError` for an id that is not in the register.
    """
    return tuple(SOURCES[each] for each in ids)
