"""Where milk is kept, how it may move, what heat it has seen, and what may still be given."""

from enum import StrEnum
from typing import Final

from app.kernel.states import TransitionTable
from app.kernel.words import N_


class Kept(StrEnum):
    """The place a lot is kept in; ``freezer_unknown`` is a freezer of which the donor does not know the kind."""

    FRESH = "fresh"
    FRIDGE = "fridge"
    FREEZER = "freezer"
    DEEP_FREEZER = "deep_freezer"
    FREEZER_UNKNOWN = "freezer_unknown"


FROZEN: Final = frozenset({Kept.FREEZER, Kept.DEEP_FREEZER, Kept.FREEZER_UNKNOWN})
"""Places in which milk is frozen."""

MOVES: Final = TransitionTable(
    {
        Kept.FRESH: FROZEN | {Kept.FRIDGE},
        Kept.FRIDGE: FROZEN,
        Kept.FREEZER: FROZEN - {Kept.FREEZER},
        Kept.DEEP_FREEZER: FROZEN - {Kept.DEEP_FREEZER},
        Kept.FREEZER_UNKNOWN: FROZEN - {Kept.FREEZER_UNKNOWN},
    }
)
"""Milk only gets colder, or goes from one freezer to another: what leaves a freezer for good is thawed."""


class Heat(StrEnum):
    """What heat the milk has seen at home or at a bank."""

    NONE = "none"
    SCALDED = "scalded"
    FLASH_HEATED = "flash_heated"
    HOLDER_HOME = "holder_home"
    BANK_PASTEURISED = "bank_pasteurised"


HOME_HEAT: Final = (Heat.NONE, Heat.SCALDED, Heat.FLASH_HEATED, Heat.HOLDER_HOME)
"""What a donor can have done herself."""


class NotGiven(StrEnum):
    """Why milk cannot be given to another family."""

    THAWED = "thawed"
    PAST = "past"
    WITHDRAWN = "withdrawn"
    KEPT_BACK = "kept_back"
    GONE = "gone"


WHY_NOT: Final = {
    NotGiven.THAWED: N_("This milk has been thawed, so it is not passed on and not frozen again."),
    NotGiven.PAST: N_("This milk is past its use-by day, so it is not passed on."),
    NotGiven.WITHDRAWN: N_("This milk was withdrawn, so it is not passed on."),
    NotGiven.KEPT_BACK: N_("This milk is kept back, so it is not passed on."),
    NotGiven.GONE: N_("Nothing of this lot is left to give."),
}


def why_not_given(*, thawed: bool, withdrawn: bool, excluded: bool, days_left: int, free_ml: int) -> NotGiven | None:
    """The first reason for which none of a lot may be promised or handed over today; None when it may."""
    reasons = (
        (withdrawn, NotGiven.WITHDRAWN),
        (excluded, NotGiven.KEPT_BACK),
        (thawed, NotGiven.THAWED),
        (days_left < 0, NotGiven.PAST),
        (free_ml <= 0, NotGiven.GONE),
    )
    return next((reason for holds, reason in reasons if holds), None)
