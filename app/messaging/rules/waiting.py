"""Waiting for an answer: when one kind reminder may go out, and how soon somebody usually answers."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Final

REMIND_AFTER: Final = timedelta(hours=48)
"""How long words must have waited for an answer before their writer may remind, once."""

LOOK_BACK: Final = timedelta(days=90)
"""How far back answers count for what is said of somebody's usual time."""

FEWEST: Final = 5
"""Answers from which something is said at all."""

_STEPS: Final = (
    (timedelta(hours=1), "hour"),
    (timedelta(hours=6), "hours"),
    (timedelta(days=1), "day"),
    (timedelta(days=3), "days"),
)


def may_remind(waiting_since: datetime | None, *, now: datetime) -> bool:
    """Whether words that have waited since then (None: nothing waits) may be reminded of: from 48 hours on."""
    return waiting_since is not None and now - waiting_since >= REMIND_AFTER


def answer_times(turns: Iterable[tuple[int, int, datetime]], person_id: int) -> list[timedelta]:
    """
    How long each answer of somebody took, from the first word that waited.

    ``turns`` are the first message of each turn to speak (conversation, speaker, moment), in order within their
    conversation.
    """
    found, before = [], None
    for turn in turns:
        conversation, speaker, at = turn
        if before is not None and before[0] == conversation and before[1] != speaker == person_id:
            found.append(at - before[2])
        before = turn
    return found


def usual_time(answers: Sequence[timedelta]) -> str | None:
    """
    The median in coarse words: "hour", "hours", "day", "days", "later"; None for fewer than :data:`FEWEST` answers.

    Coarse, so that nobody can tell from it when somebody was there.
    """
    if len(answers) < FEWEST:
        return None
    middle = timedelta(seconds=median(answer.total_seconds() for answer in answers))
    return next((word for limit, word in _STEPS if middle <= limit), "later")
