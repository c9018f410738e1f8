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

from app.posts.rules.attributes import ATTRIBUTES, FOOD, MILK, attribute
from app.posts.rules.drafts import Fact

_LIPASE: Final = "lipase"
_SOAPY: Final = "soapy_after_days"
_NOT_SAID: Final = "unknown"

_PLACES: Final = (
    "dairy", "soy", "egg", "gluten", "peanut", "tree_nut", "caffeine", "alcohol", "nicotine", "medicines", "lipase",
    "fish", "shellfish", "sesame", "corn", "vegan", "vegetarian", "halal", "kosher", "cannabis", "herbal",
    "caffeine>to_100", "caffeine>to_200", "caffeine>to_300", "alcohol>waits", "nicotine>household",
    "nicotine>replacement", "nicotine>vapes", "cannabis>cbd",
    "dairy?", "soy?", "egg?", "gluten?", "peanut?", "tree_nut?", "caffeine?", "alcohol?", "nicotine?", "medicines?",
    "lipase?", "fish?", "shellfish?", "sesame?", "corn?", "vegan?", "vegetarian?", "halal?", "kosher?", "cannabis?",
    "herbal?",
    "=deep_freezer", "=freezer", "=freezer_unknown", "=fridge", "=fresh",
    "!immediate_allergy",
)  # fmt: skip
"""
The meaning of each bit, from the lowest: ``x`` contradicts a must of x, ``x>level`` one that accepts up to that level,
``x?`` leaves something to ask, ``=storage`` is how the milk is kept. Stored numbers depend on this order: new meanings
are added at the end, and none is ever removed.
"""

_BITS: Final = {name: 1 << place for place, name in enumerate(_PLACES)}
EVERY_MASK: Final = 1 << 62
"""Set in every mask and in no post, so that a driver sends every mask in one and the same type."""
IMMEDIATE_ALLERGY: Final = _BITS["!immediate_allergy"]
"""The bit of requests that tell of an immediate allergy."""


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
    stated = {fact.attribute: fact for fact in facts if fact.state != _NOT_SAID}
    bits = _BITS.get(f"={storage}", 0) | _lipase_bits(lipase)
    for known in ATTRIBUTES:
        fact = stated.get(known.key)
        if known.key == _LIPASE:
            continue
        if fact is None:
            bits |= _BITS.get(f"{known.key}?", 0)
        elif fact.state == "uses":
            bits |= _use_bits(fact)
        else:
            bits |= _avoidance_bits(fact, pumped_from, pumped_to, weekly=weekly)
    return bits


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


def storage_mask(wanted: Iterable[str]) -> int:
    """The bits of every way of keeping milk that is not wanted; none for an empty choice, which means any."""
    chosen = {f"={kind}" for kind in wanted}
    return sum(bit for name, bit in _BITS.items() if name.startswith("=") and name not in chosen) if chosen else 0


def _lipase_bits(lipase: str) -> int:
    if lipase == _SOAPY:
        return _BITS[_LIPASE] | _BITS[f"{_LIPASE}?"]
    return _BITS[f"{_LIPASE}?"] if lipase == _NOT_SAID else 0


def _scale(key: str) -> tuple[str, ...]:
    known = attribute(key)
    return () if known is None or known.kind == MILK else known.levels


def _use_bits(fact: Fact) -> int:
    """Used at some level: against every must that accepts less, and against a must without a level."""
    scale = _scale(fact.attribute)
    if fact.level not in scale:
        return _BITS.get(fact.attribute, 0) | _BITS.get(f"{fact.attribute}?", 0)
    below = scale[: scale.index(fact.level)]
    return _BITS.get(fact.attribute, 0) | sum(_BITS.get(f"{fact.attribute}>{level}", 0) for level in below)


def _all_of(key: str) -> int:
    levels = sum(_BITS.get(f"{key}>{level}", 0) for level in _scale(key))
    return _BITS.get(key, 0) | _BITS.get(f"{key}?", 0) | levels


def _avoidance_bits(fact: Fact, pumped_from: date | None, pumped_to: date | None, *, weekly: bool) -> int:
    ask = _BITS.get(f"{fact.attribute}?", 0)
    if fact.since is None:
        known = attribute(fact.attribute)
        return ask if known is not None and known.kind == FOOD else 0
    if pumped_to is not None and pumped_to < fact.since:
        return _all_of(fact.attribute)
    return ask if pumped_from is None and not weekly else 0


def _must_bit(wish: Asked) -> int:
    """A must without a level, or with one that is not on the scale, is contradicted by any use; one at the top of the
    scale by none.
    """
    scale = _scale(wish.attribute)
    if wish.level is None or wish.level not in scale:
        return _BITS.get(wish.attribute, 0)
    return _BITS.get(f"{wish.attribute}>{wish.level}", 0)
