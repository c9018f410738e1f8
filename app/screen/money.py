"""
Finds texts that ask for money for milk, or offer it.

Milk is given here, never sold. Replacing storage bags is welcome, and speaking *about* money ("somebody asked me for
Venmo, is that all right?") is not asking for it.
"""

import re
from collections.abc import Iterator
from typing import Final

from app.screen.folding import fold

_AMOUNT: Final = (
    r"(?:[$€£]\s?\d+(?:[.,]\d+)?|\d+(?:[.,]\d+)?\s?(?:[$€£]|dollars?|bucks?|usd|euros?|eur|pounds?|quid|cents?|ct)(?!\w)"
    r"|(?:a|one|two|three) (?:dollar|buck|euro|pound)s?)"
)
_MEASURE: Final = (
    r"(?:an?|per|each|every|the|pro|je|par|por|l['’]|la|/)\s?(?:\d+\s?)?"
    r"(?:oz|ounces?|fl oz|ml|bags?|bottles?|lit(?:re|er)s?|l|gallons?|unzen?|onces?|beutel|sachets?|bolsas?|onza)(?!\w)"
)
_PRICE: Final = re.compile(
    rf"{_AMOUNT}[^.!?\n]{{0,12}}?{_MEASURE}|{_MEASURE}\s?(?:for|at|à|für|=|:)?\s?{_AMOUNT}", re.IGNORECASE
)
_SALE: Final = re.compile(
    r"(?<!\w)(?:for sale|(?:i(?:'m| am)? )?sell(?:ing)? (?:my |the |some |this )?(?:milk|stash|breast ?milk)|"
    r"(?:milch|muttermilch) zu verkaufen|verkaufe (?:meine )?(?:mutter)?milch|je vends|vendo (?:mi |meu )?leche|"
    r"(?:asking|want|charge|charging|price is|costs?) " + _AMOUNT + r")",
    re.IGNORECASE,
)
_PAYING: Final = re.compile(
    r"(?<!\w)(?:(?:i|we)(?:'ll|'d| will| would| can| could| am happy to| are happy to| want to)? (?:gladly |happily )?"
    r"(?:pay|compensate|reimburse) (?:you|for (?:the|your) (?:milk|stash|time|trouble))|"
    r"(?:you|they) (?:can |could |would |must |should )?pay (?:me|us)|pay me|"
    r"(?:venmo|paypal|zelle|cash ?app|revolut) me|(?:my|send (?:it )?(?:to|via|by)|take|accept) "
    r"(?:venmo|paypal|zelle|cash ?app|revolut))(?!\w)",
    re.IGNORECASE,
)
_NEGATED: Final = re.compile(
    r"(?:\bno|\bnot|n[o']t|\bnever|\bwithout|\bdon['’]t|\bwon['’]t)\s+(?:\w+\s+){0,3}$", re.IGNORECASE
)
_TOLD: Final = re.compile(r"(?:asked|wants?|wanted|told|offered|tried)\s+(?:me|us)\b[^.!?\n]{0,40}$", re.IGNORECASE)
_HINTS: Final = (
    "$", "dollar", "buck", "usd", "eur", "pound", "quid", "cent", "ct", "sale", "sell", "verkauf", "vends", "vendo",
    "pay", "compensate", "reimburse", "venmo", "zelle", "cash", "revolut",
)  # fmt: skip
"""Without any of these nothing is found in plain letters: each way through the patterns needs one."""


def asks_money(text: str) -> bool:
    """Whether ``text`` names a price for milk, offers to pay for it, or asks to be paid."""
    return any(True for _ in find_money(fold(text).text))


def find_money(text: str) -> Iterator[tuple[int, int]]:
    """The stretches of ``text`` (already folded) that name a price for milk, offer to pay for it, or ask to be paid."""
    if text.isascii() and not _hints(text.lower()):
        # So it is with nearly every message, which is read while its sender waits.
        return
    plain = text.replace("’", "'")
    for pattern in (_PRICE, _SALE, _PAYING):
        for match in pattern.finditer(plain):
            if not _spoken_about(plain[: match.start()]):
                yield match.span()


def _hints(text: str) -> bool:
    return any(hint in text for hint in _HINTS)


def _spoken_about(before: str) -> bool:
    """Whether what stands before says that it is refused, or that somebody else wanted it."""
    return bool(_NEGATED.search(before) or _TOLD.search(before))
