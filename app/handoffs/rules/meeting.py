"""The hours around a meeting: when it is called to mind, and when somebody may say where she is."""

from datetime import datetime, timedelta
from typing import Final

from app.handoffs.rules.states import UNMET, HandoffState

REMINDERS: Final = {"handoff_tomorrow": timedelta(hours=24), "handoff_soon": timedelta(hours=2)}
"""Each kind of reminder, and how long before the window begins it is due."""

LATE_MINUTES: Final = (10, 20, 30, 45, 60)
"""By how much somebody may say that she is late; who is later than that calls the other or finds another time."""

NEAR: Final = timedelta(hours=3)
"""How long before the window somebody may say that she is late or on the way; before, another time is better."""


def reminders_due(window_start: datetime, *, now: datetime) -> dict[str, timedelta]:
    """Each reminder that is still to come, and how long from ``now``; what was due before is left out."""
    waits = {kind: window_start - ahead - now for kind, ahead in REMINDERS.items()}
    return {kind: wait for kind, wait in waits.items() if wait > timedelta()}


def is_near(state: HandoffState, window_start: datetime, window_end: datetime, *, now: datetime) -> bool:
    """Whether somebody may say that she is late or on the way: the meeting is agreed, near, and its window not over."""
    return state in UNMET and window_start - NEAR <= now < window_end
