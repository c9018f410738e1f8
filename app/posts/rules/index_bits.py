"""
What the index knows of diet: one whole number a post, so that most conflicts are passed over without being read.

A bit at an offer says "this surely stands against a must": it contradicts it (``conflict``), or it leaves something to
ask (``ask``, which counts only for families that do not want to ask). A request's number is the mask of its musts, so
the same test, ``bits & mask = 0``, serves both sides. The bits never say yes: what they let through is judged by the
rules of matching, and what only time can tell stands in no bit. Pure.
"""

from collections.abc import Iterable
from datetime import date
from typing import Final, Protocol

from app.posts.rules.attributes import FOOD, MILK, MILK_AGE, SOUGHT, attribute
from app.posts.rules.drafts import Fact

_LIPASE: Final = "lipase"
_SOAPY: Final = "soapy_after_days"
_NOT_SAID: Final = "unknown"

_PLACES: Final = (
    "=deep_freezer", "=freezer", "=freezer_unknown", "=fridge", "=fresh", "!immediate_allergy",
    "dairy", "soy", "egg", "gluten", "peanut", "tree_nut", "caffeine", "alcohol", "nicotine", "medicines", "lipase",
    "fish", "shellfish", "sesame", "corn", "vegan", "vegetarian", "halal", "kosher", "cannabis", "herbal",
    "dairy?", "soy?", "egg?", "gluten?", "peanut?", "tree_nut?", "caffeine?", "alcohol?", "nicotine?", "medicines?",
    "lipase?", "milk_age?", "fish?", "shellfish?", "sesame?", "corn?", "vegan?", "vegetarian?", "halal?", "kosher?",
    "cannabis?", "herbal?",
    "caffeine>to_100", "caffeine>to_200", "caffeine>to_300", "alcohol>wait_24", "alcohol>wait_12", "alcohol>wait_8",
    "alcohol>wait_3", "alcohol>waits", "nicotine>household", "nicotine>replacement", "nicotine>vapes", "cannabis>cbd",
)  # fmt: skip
"""
The meaning of each bit, from the lowest: ``=storage`` is how the milk is kept, ``x`` contradicts a must of x, ``x?``
leaves something to ask, ``x>level`` contradicts a must that accepts up to that level. Stored numbers depend on this
order: a new meaning is added at the end, none is removed, and what finds no place among 62 is only found out by
judging.
"""

_BITS: Final = {name: 1 << place for place, name in enumerate(_PLACES)}
_SAID_IN_FACTS: Final = tuple(each.key for each in SOUGHT if each.kind != MILK)
EVERY_MASK: Final = 1 << 62
"""Set in every mask and in no post, so that a driver sends every mask in one and the same type."""
IMMEDIATE_ALLERGY: Final = _BITS["!immediate_allergy"]
"""The bit of requests that tell of an immediate allergy."""
ASKING: Final = {name[:-1]: _BITS[name] for name in _PLACES if name.endswith("?") and name[:-1] != MILK_AGE}
"""
For each attribute the bit of offers that leave something to ask about it.

Whoever does not ask looks only among offers without it, of which the table has an index of its own, by this bit.
"""


class Asked(Protocol):
    """A wish, as a post or the matcher holds it."""

    @property
    def attribute(self) -> str:
        """The key of the attribute."""

    @property
    def strength(self) -> str:
        """``must`` or ``prefer``."""

    @property
    def level(self) -> str | None:
        """The most that is fine, None for none at all."""


def offer_bits(
    facts: Iterable[Fact],
    *,
    lipase: str,
    storage: str,
    pumped_from: date | None,
    pumped_to: date | None,
    weekly: bool,
) -> int:
    """What an offer surely stands against; ``facts`` are only those that others may know."""
    dated = weekly or pumped_from is not None
    bits = _BITS.get(f"={storage}", 0) | _lipase_bits(lipase) | (0 if dated else _bit(f"{MILK_AGE}?"))
    unsaid = set(_SAID_IN_FACTS)
    for fact in facts:
        if fact.state != _NOT_SAID:
            unsaid.discard(fact.attribute)
            before = fact.since is not None and pumped_to is not None and pumped_to < fact.since
            bits |= _use_bits(fact, before=before) if fact.state == "uses" else _avoidance_bits(fact, before, dated)
    return bits | sum(_bit(f"{key}?") for key in unsaid)


def mask_of(wishes: Iterable[Asked], *, accepts_asks: bool) -> int:
    """The bits that an offer must not have to be worth judging for these wishes; only musts count."""
    mask = 0
    for wish in wishes:
        if wish.strength == "must":
            mask |= _must_bit(wish) | (0 if accepts_asks else _BITS.get(f"{wish.attribute}?", 0))
    return mask


def request_bits(wishes: Iterable[Asked], *, accepts_asks: bool, immediate_allergy: bool) -> int:
    """What a request's musts stand against, held against an offer's :func:`offer_bits`."""
    return mask_of(wishes, accepts_asks=accepts_asks) | (IMMEDIATE_ALLERGY if immediate_allergy else 0)


def told_of(mask: int) -> str | None:
    """
    An attribute to look up in its index: every offer that passes this mask leaves nothing to ask about it.

    None unless there are two, because for one alone too many of those who tell would pass. Of several the last of the
    list, because what is seldom asked about is seldom told.
    """
    told = [key for key, bit in ASKING.items() if mask & bit]
    return told[-1] if len(told) > 1 else None


def storage_mask(wanted: Iterable[str]) -> int:
    """The bits of every way of keeping milk that is not wanted; none for an empty choice, which means any."""
    chosen = {f"={kind}" for kind in wanted}
    return sum(bit for name, bit in _BITS.items() if name.startswith("=") and name not in chosen) if chosen else 0


def _lipase_bits(lipase: str) -> int:
    if lipase == _SOAPY:
        return _BITS[_LIPASE] | _BITS[f"{_LIPASE}?"]
    return _BITS[f"{_LIPASE}?"] if lipase == _NOT_SAID else 0


def _bit(name: str) -> int:
    return _BITS.get(name, 0)


def _use_bits(fact: Fact, *, before: bool) -> int:
    """Used at some level: against a must without a level, and against every must that accepts less."""
    known = attribute(fact.attribute)
    ask = _bit(f"{fact.attribute}?")
    if before or known is None:
        return ask
    if fact.level not in known.levels:
        return _bit(fact.attribute) | ask
    below = known.levels[: known.levels.index(fact.level)]
    return _bit(fact.attribute) | sum(_bit(f"{fact.attribute}>{level}") for level in below)


def _avoidance_bits(fact: Fact, before: bool, dated: bool) -> int:  # noqa: FBT001 - two answers of one caller.
    """Left out: against a must only where all was pumped before; something to ask where a date is missing."""
    ask = _bit(f"{fact.attribute}?")
    if before:
        return _bit(fact.attribute) | ask
    known = attribute(fact.attribute)
    if fact.since is None:
        return ask if known is not None and known.kind == FOOD else 0
    return 0 if dated else ask


def _must_bit(wish: Asked) -> int:
    """A must without a level that its attribute knows is contradicted by any use; one at the top of a scale by none."""
    known = attribute(wish.attribute)
    if known is None or known.key == MILK_AGE:
        return 0
    if known.kind == MILK or wish.level is None or wish.level not in {*known.levels, *known.askable}:
        return _bit(wish.attribute)
    return _bit(f"{wish.attribute}>{wish.level}")
