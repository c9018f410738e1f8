"""
The attribute catalogue: what a donor may state and a family may ask about milk, as data with its sources.

A stated fact is ``avoids``, ``uses`` or ``unknown``. For a food or a substance ``avoids`` means that the donor leaves
it out; for a way of eating (vegan, halal …) it means that she leaves out what that way forbids, so that ``avoids`` is
always what a family that asks for it hopes to read. For medicines ``avoids`` means "takes none"; no name of a medicine
is ever stored here. A vaccination may be told and is no more than told: no family asks the site for it, and no rule
reads it. Nothing in this catalogue says that milk is free of anything.
"""

from dataclasses import dataclass
from typing import Final

from app.kernel.words import N_

FOOD: Final = "food"
DIET: Final = "diet"
SUBSTANCE: Final = "substance"
MEDICINE: Final = "medicine"
MILK: Final = "milk"
TOLD: Final = "told"

KINDS: Final = (FOOD, DIET, SUBSTANCE, MEDICINE, MILK, TOLD)
"""How an attribute is asked: food left out, way of eating kept, substance used, medicines taken, the milk itself, or
only told and never asked."""

GROUPS: Final = {
    "most_used": N_("What families ask about most"),
    "foods": N_("More foods"),
    "diets": N_("Ways of eating"),
    "intake": N_("Cannabis and herbs"),
    "milk": N_("The milk itself"),
    "told": N_("Vaccinations: only if you like. No list is ordered or narrowed by it"),
}
"""Headings in the order of the form; the first stands open, the others unfold."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """
    One thing that may be stated or asked.

    ``label`` is its English name for gettext, ``none`` and ``some`` are what stands after "donor reports" when she
    avoids or uses it, ``levels`` the finer answers from least to most when she uses it, ``known`` one plain sentence of
    what studies say (empty when nothing usable was found), ``source`` the ids of
    :data:`app.posts.rules.sources.SOURCES` behind it.
    """

    key: str
    label: str
    group: str
    kind: str
    none: str
    some: str
    levels: tuple[str, ...] = ()
    known: str = ""
    source: tuple[str, ...] = ()

    @property
    def askable(self) -> tuple[str, ...]:
        """
        The levels a family may name in a wish, from strictest to most lenient; empty when a wish has none.

        The last level of a scale asks for nothing, so it is no wish. A family may ask about a medicine instead of
        refusing it.
        """
        if self.kind == MEDICINE:
            return (ASK_ABOUT,)
        if self.key == MILK_AGE:
            return self.levels
        return self.levels[:-1] if self.kind == SUBSTANCE else ()


LEVELS: Final = {
    "to_100": N_("up to 100 mg a day (about one cup of coffee)"),
    "to_200": N_("up to 200 mg a day"),
    "to_300": N_("up to 300 mg a day"),
    "over_300": N_("more than 300 mg a day"),
    "wait_24": N_("now and then, at least 24 hours between the last drink and pumping"),
    "wait_12": N_("now and then, at least 12 hours between the last drink and pumping"),
    "wait_8": N_("now and then, at least 8 hours between the last drink and pumping"),
    "wait_3": N_("now and then, at least 3 hours between the last drink and pumping"),
    "waits": N_("now and then, at least 2 hours between the last drink and pumping"),
    "drinks": N_("drinks, without such a wait"),
    "ask": N_("no medicines, or one we can ask about"),
    "within_1": N_("milk pumped within the last month"),
    "within_3": N_("milk pumped within the last 3 months"),
    "within_6": N_("milk pumped within the last 6 months"),
    "household": N_("somebody at home smokes, not she"),
    "replacement": N_("patch, gum or lozenge"),
    "vapes": N_("vapes"),
    "smokes": N_("smokes"),
    "cbd": N_("CBD only"),
    "thc": N_("with THC"),
    "not_noticed": N_("no soapy taste noticed"),
    "scalded_before_freezing": N_("scalded before freezing"),
    "soapy_after_days": N_("tastes soapy after some days"),
}
"""The words of every level."""

_WAITS: Final = ("wait_24", "wait_12", "wait_8", "wait_3", "waits", "drinks")
"""
Hours between the last drink and pumping, most first: what families may ask and sources name.

2 (CDC, a drink), 3 (New Brunswick, a drink), about 8 (three drinks), 12 (milk banks), and a whole day. What the milk
held when it was pumped stays in it, so the hours are counted at pumping and not at the handoff.
"""

ASK_ABOUT: Final = "ask"
"""The level of a wish about medicines by which a family says: some is no contradiction, we ask about it."""

MILK_AGE: Final = "milk_age"

MILK_AGES: Final = {"within_1": 31, "within_3": 92, "within_6": 183}
"""The days of each answer to "how old may the milk be": the longest months there are, as for the storage limits."""

_BANDS: Final = ("to_100", "to_200", "to_300", "over_300")

ATTRIBUTES: Final = (
    Attribute(
        "dairy", N_("Dairy"), "most_used", FOOD, N_("no dairy"), N_("dairy"),
        known=N_(
            "Cow's milk protein peaked 4 to 24 hours after a glass of milk; one study still found it on day 7. "
            "Sources disagree on how long to wait."
        ),
        source=("HOST-1990", "MATANG-2017"),
    ),
    Attribute("soy", N_("Soy"), "most_used", FOOD, N_("no soy"), N_("soy")),
    Attribute(
        "egg", N_("Egg"), "most_used", FOOD, N_("no egg"), N_("egg"),
        known=N_("Egg protein peaked 4 to 6 hours after eating."), source=("KILSHAW-1984",),
    ),
    Attribute(
        "gluten", N_("Gluten and wheat"), "most_used", FOOD, N_("no gluten or wheat"), N_("gluten or wheat"),
        known=N_("Wheat protein passes into milk."), source=("TRONCONE",),
    ),
    Attribute(
        "peanut", N_("Peanut"), "most_used", FOOD, N_("no peanut"), N_("peanut"),
        known=N_("Found in the milk of 11 of 23 mothers, within 1 to 6 hours."), source=("VADAS-2001",),
    ),
    Attribute("tree_nut", N_("Tree nuts"), "most_used", FOOD, N_("no tree nuts"), N_("tree nuts")),
    Attribute(
        "caffeine", N_("Caffeine"), "most_used", SUBSTANCE, N_("no caffeine"), N_("caffeine"), _BANDS,
        known=N_("Advice differs, from 200 to 500 mg a day. Newborn and preterm babies clear it slowly."),
        source=("IABLE-CAFF",),
    ),
    Attribute(
        "alcohol", N_("Alcohol"), "most_used", SUBSTANCE, N_("no alcohol"), N_("alcohol"), _WAITS,
        known=N_(
            "Advice: at most one drink a day, and wait 2 to 3 hours a drink; some milk banks ask for 12 hours. "
            "Pumping does not speed it up."
        ),
        source=("CDC-ALC", "NB-ALC", "MAMMB"),
    ),
    Attribute(
        "nicotine", N_("Nicotine"), "most_used", SUBSTANCE, N_("no nicotine"), N_("nicotine"),
        ("household", "replacement", "vapes", "smokes"),
        known=N_("Nicotine stays about 3 hours in milk, its trace cotinine up to 72 hours."), source=("NIC-A",),
    ),
    Attribute(
        "medicines", N_("Medicines"), "most_used", MEDICINE, N_("no medicines"), N_("a medicine"),
        known=N_(
            "Fine while nursing one's own baby is not the same as fine to give away. "
            "Please do not write names here: families can ask you."
        ),
        source=("EOF-HC",),
    ),
    Attribute(
        "lipase", N_("Soapy taste (lipase)"), "most_used", MILK, N_("no soapy taste"), N_("a soapy taste"),
        ("not_noticed", "scalded_before_freezing", "soapy_after_days"),
        known=N_(
            "Some stored milk turns soapy; some babies refuse it. "
            "Nobody measures this at home: only thawing and tasting tells."
        ),
        source=("MEDALG",),
    ),
    Attribute("fish", N_("Fish"), "foods", FOOD, N_("no fish"), N_("fish")),
    Attribute("shellfish", N_("Shellfish"), "foods", FOOD, N_("no shellfish"), N_("shellfish")),
    Attribute("sesame", N_("Sesame"), "foods", FOOD, N_("no sesame"), N_("sesame")),
    Attribute("corn", N_("Corn"), "foods", FOOD, N_("no corn"), N_("corn")),
    Attribute(
        "vegan", N_("Vegan"), "diets", DIET, N_("a vegan diet"), N_("a diet that is not vegan"),
        known=N_("Milk banks ask vegan donors whether they take vitamin B12."), source=("LACTA",),
    ),
    Attribute(
        "vegetarian", N_("Vegetarian"), "diets", DIET, N_("a vegetarian diet"), N_("a diet that is not vegetarian"),
    ),
    Attribute(
        "halal", N_("Halal"), "diets", DIET, N_("a halal diet"), N_("a diet that is not halal"),
        known=N_("This is the donor's own word. For many Muslim families, milk makes kin: knowing the donor matters."),
        source=("AAP-KINSHIP",),
    ),
    Attribute("kosher", N_("Kosher"), "diets", DIET, N_("a kosher diet"), N_("a diet that is not kosher")),
    Attribute(
        "cannabis", N_("Cannabis"), "intake", SUBSTANCE, N_("no cannabis"), N_("cannabis"), ("cbd", "thc"),
        known=N_("THC was still found in milk after 12 hours without cannabis, with no clear peak."),
        source=("WSU-2024",),
    ),
    Attribute(
        "herbal", N_("Herbs for milk supply"), "intake", SUBSTANCE, N_("no herbs for supply"), N_("herbs for supply"),
        known=N_("Fenugreek: mixed evidence, little data; people allergic to chickpea or peanut may react to it."),
        source=("LACTMED-FENU",),
    ),
    Attribute(
        MILK_AGE, N_("Age of the milk"), "milk", MILK, N_("newer milk"), N_("milk"), tuple(MILK_AGES),
        known=N_(
            "For frozen milk the CDC recommends 6 months and accepts 12. Milk banks take milk of 4 to 12 months."
        ),
        source=("CDC-STORE", "MAMMB"),
    ),
    Attribute("vaccination", N_("Vaccinations"), "told", TOLD, N_("no vaccinations"), N_("vaccinations")),
)  # fmt: skip

SOUGHT: Final = tuple(each for each in ATTRIBUTES if each.kind != TOLD)
"""What a family may ask for and the rules of matching read."""

MOST_USED: Final = tuple(each for each in ATTRIBUTES if each.group == "most_used")
"""What families ask about most, in the order of the form."""

SHOWN_TO_ALL: Final = frozenset(each.key for each in ATTRIBUTES if each.kind in {FOOD, DIET, MILK}) | {"caffeine"}
"""Attributes that any member may read on a card or a post's page. Medicines, alcohol, nicotine, cannabis, herbs and
vaccinations stand only in the disclosure, which a family that fits opens on purpose."""

_BY_KEY: Final = {each.key: each for each in ATTRIBUTES}


def attribute(key: str) -> Attribute | None:
    """The attribute of this key, or None when the catalogue has none."""
    return _BY_KEY.get(key)
