"""
Many pairs at once: compiled loops that give for every pair exactly what the rules for one pair give.

The rules for one pair (:mod:`app.matching.rules.fit`, ``feasible``, ``score``) are the truth; a property test holds
these loops against them. Use them for lists of millions, never to decide something differently.
"""

from app.matching.rules.many.columns import Asked, Facts, OfferColumns, RequestColumns
from app.matching.rules.many.encode import offer_columns, request_columns
from app.matching.rules.many.partners import Partners, best_partners, partners_with_bands

__all__ = [
    "Asked",
    "Facts",
    "OfferColumns",
    "Partners",
    "RequestColumns",
    "best_partners",
    "offer_columns",
    "partners_with_bands",
    "request_columns",
]
