"""
Many pairs at once: exactly what the rules for one pair give, for thousands or millions of them.

The rules for one pair (:mod:`app.matching.rules.fit`, ``feasible``, ``score``) are the truth; property tests hold these
against them. Never use them to decide something differently. ``partners`` holds everybody against everybody in compiled
loops, for plans and rounds; ``against`` holds one post against thousands in plain numpy, for pages. Whoever needs the
loops imports them from there, so that a process which only serves pages loads no compiler.
"""

from app.matching.rules.many.columns import Asked, Facts, OfferColumns, RequestColumns
from app.matching.rules.many.encode import offer_columns, request_columns

__all__ = ["Asked", "Facts", "OfferColumns", "RequestColumns", "offer_columns", "request_columns"]
