"""
How often somebody may move, and what is usual where somebody lives.

Each change of place is a question about who lives where, so the number of questions is limited, and whoever moves far
away begins anew among people who do not know them.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from app.kernel.quantities import Kilometres

MOST_CHANGES: Final = 3
CHANGE_WINDOW: Final = timedelta(days=30)


FAR_MOVE: Final = Kilometres(50)
"""A move of more than this leaves the people behind who know the member."""


def is_far(move: Kilometres) -> bool:
    """Whether a move over this distance makes a member a newcomer again; exactly the limit does not."""
    return move > FAR_MOVE


def may_change_place(changed_at: Iterable[datetime], *, now: datetime) -> bool:
    """
    Whether one more change is allowed after those at ``changed_at``.

    The first choice of a place is not a change; one made exactly thirty days ago no longer counts.
    """
    recent = sum(now - moment < CHANGE_WINDOW for moment in changed_at)
    return recent < MOST_CHANGES


_OUNCES_AND_MILES: Final = frozenset({"US", "LR", "MM"})
_MILES: Final = _OUNCES_AND_MILES | {"GB"}


def usual_units(country: str) -> tuple[str, str]:
    """The units of volume (``oz`` or ``ml``) and distance (``mi`` or ``km``) usual in a country (ISO 3166 alpha-2)."""
    return "oz" if country in _OUNCES_AND_MILES else "ml", "mi" if country in _MILES else "km"
