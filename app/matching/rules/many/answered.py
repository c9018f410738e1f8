"""One comparison that turns what is kept of a donor's answers into the answer to a wish, compiled."""

from app.kernel.compiling import inlined
from app.matching.rules.many.answers import (
    AGED,
    ASK,
    ASK_CODE,
    BEFORE,
    CONFLICT,
    CONFLICTS_CODE,
    MEETS_CODE,
    USES,
    USES_PARTLY,
)
from app.matching.rules.many.columns import UNSAID


@inlined
def answered(limit: int, beyond: int, asked_days: int, level: int) -> int:
    """The answer to one wish, from what :class:`Answers` holds of its attribute; UNSAID is a level nobody named."""
    if asked_days <= limit:
        return MEETS_CODE
    if beyond == ASK:
        return ASK_CODE
    if beyond == CONFLICT:
        return CONFLICTS_CODE
    if beyond == BEFORE:
        return CONFLICTS_CODE if level == UNSAID else ASK_CODE
    if beyond < USES:
        return ASK_CODE if level == UNSAID else (beyond - AGED) // 3**level % 3
    return _used(beyond, level)


@inlined
def _used(code: int, level: int) -> int:
    if level == UNSAID:
        return CONFLICTS_CODE
    partly = code >= USES_PARTLY
    stated = code - (USES_PARTLY if partly else USES) - 1
    if stated == UNSAID:
        return ASK_CODE
    if stated > level:
        return CONFLICTS_CODE
    return ASK_CODE if partly else MEETS_CODE
