"""
"We met after all": a meeting that was called missed, by mistake or by time, and at which milk changed hands.

Milk that somebody has must be traced, whoever said what before. So either of the two may say it, once and for a bounded
time; the other then enters the own amount or says that it was not so, and what each said about the missed meeting
stands as if nothing had been said.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from app.handoffs.rules.amounts import Entries
from app.handoffs.rules.states import HandoffState, Side

SAID_WITHIN: Final = timedelta(days=30)
"""
So long after the end of the window it may be said.

Time calls a meeting missed after seven days without a word, so that three weeks are left to see its notice; and milk in
a freezer is there for longer than that. Later the offer's books and the kept promises of both are left as they are.
"""


def say_until(window_end: datetime) -> datetime:
    """Until when it may be said; the very moment is too late."""
    return window_end + SAID_WITHIN


def may_say(state: HandoffState, window_end: datetime, said: Collection[Side], side: Side, *, now: datetime) -> bool:
    """Whether one side may say that the two met after all; ``said`` are those who did before, rightly or not."""
    return state is HandoffState.MISSED and side not in said and now < say_until(window_end)


def may_deny(state: HandoffState, entries: Entries, said: Sequence[Side], side: Side) -> bool:
    """Whether one side may say that it was not so: the other said it last, and she entered nothing herself."""
    return state is HandoffState.MET and bool(said) and said[-1] is not side and entries.of(side) is None
