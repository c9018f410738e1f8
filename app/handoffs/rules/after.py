"""
After a handoff: for how many days the milk feeds, when the family is asked how it went, what its answer leads to.

Nothing here judges milk or a baby, and no answer is wrong.
"""

from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from app.handoffs.rules.checklist import Source
from app.handoffs.rules.local_time import NoSuchTime, moment_of
from app.kernel.quantities import Millilitres
from app.posts.rules import PostState

TYPICAL_PER_DAY: Final = Millilitres(730)
"""
What a baby of three to six months who drinks nothing but human milk takes a day, in the middle of 167 studies
(735 ml at three months, 729 ml at six).
"""

TYPICAL_FROM: Final = Source(
    "Rios-Leyvraz and Yao 2023: volume of breast milk intake",
    "https://newsite.lacted.org/questions/typical-volumes-of-human-milk-intake-among-infants-and-young-children",
)

ASKED_AFTER: Final = 3
"""On the third day of the family's calendar after the milk came: some of it is used by then, and it is remembered."""

ASKED_AT: Final = time(10)
"""In the morning, outside the usual quiet hours."""

TOO_LATE: Final = timedelta(days=7)
"""A question that could not be asked for so long is not asked any more."""

ANSWER_KEPT: Final = timedelta(days=90)
"""How long an answer is kept: it helps the family with what comes next, and is nobody's business later."""

NOT_ASKED: Final = frozenset({PostState.WITHDRAWN, PostState.DECLINED, PostState.DRAFT})
"""
States of a request about which nobody is asked.

Who takes a request back need not say why, and sometimes the reason is the loss of the baby. So nobody who did is asked.
"""


class Went(StrEnum):
    """How it went with the milk, in the family's words; the values stand in addresses."""

    FINE = "fine"
    NOT_TAKEN = "not-taken"
    NOT_USED = "not-used"
    PROBLEM = "problem"


def days_fed(received: Millilitres, need_per_day: Millilitres) -> int:
    """For how many days milk lasts, to the nearest whole day: half a day and more is a day, less is none."""
    return (2 * received + need_per_day) // (2 * need_per_day)


def typical_days(volume: Millilitres) -> int:
    """
    The same for a baby in the middle of the studies: what may be told of a family that told nothing.

    It hangs on the volume alone, so nothing of any family can be reckoned back from it, not even over many handoffs.
    """
    return days_fed(volume, TYPICAL_PER_DAY)


def asked_at(came: datetime, zone: tzinfo) -> datetime:
    """When a family in ``zone`` is asked about milk that came at that moment: at :data:`ASKED_AT` by its own clock."""
    day = came.astimezone(zone).date() + timedelta(days=ASKED_AFTER)
    for later in range(4):
        try:
            return moment_of(day, time(ASKED_AT.hour + later), zone)
        except NoSuchTime:
            # Only where a whole day is left out of a calendar is no hour of it left; then the next is as good.
            continue
    return moment_of(day + timedelta(days=1), ASKED_AT, zone)


def may_ask(
    came: datetime, zone: tzinfo, *, request_state: PostState, wanted: bool, answered: bool, now: datetime
) -> bool:
    """Whether the question may still be asked: it is due, not answered, not unwanted, and nothing makes it hurt."""
    due = asked_at(came, zone)
    return wanted and not answered and request_state not in NOT_ASKED and due <= now < due + TOO_LATE


def may_cheer(wish: bool | None, *, gives_after_loss: bool) -> bool:  # noqa: FBT001 - None, True and False are three answers.
    """
    Whether a donor is told of thanks and of days fed without asking: as she chose, else yes.

    Not after a loss: then they wait on her page until she opens them.
    """
    return not gives_after_loss if wish is None else wish
