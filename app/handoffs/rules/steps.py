"""Who does what next, as one of the two sees it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.handoffs.rules.amounts import Entries, may_enter
from app.handoffs.rules.states import HELD, HandoffState, Side
from app.kernel.quantities import Millilitres


class Step(StrEnum):
    """The one thing a handoff waits for, seen by the reader."""

    ANSWER = "answer"
    WAIT_FOR_ANSWER = "wait_for_answer"
    MEET = "meet"
    TRAVEL = "travel"
    ENTER = "enter"
    WAIT_FOR_ENTRY = "wait_for_entry"
    COMPARE = "compare"
    DONE = "done"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the next step depends on."""

    state: HandoffState
    proposed_by: Side
    window_start: datetime
    entries: Entries
    confirmed_at: datetime | None


def next_step(standing: Standing, reader: Side, *, now: datetime) -> Step:
    """What the handoff waits for, in the eyes of ``reader``."""
    match standing.state:
        case HandoffState.PROPOSED:
            return Step.WAIT_FOR_ANSWER if reader is standing.proposed_by else Step.ANSWER
        case state if state in HELD:
            return _step_until_confirmed(standing, reader, now=now)
        case HandoffState.CONFIRMED:
            correctable = may_enter(standing.state, standing.entries, standing.confirmed_at, now=now)
            return Step.COMPARE if correctable else Step.DONE
        case _:
            return Step.ENDED


def _step_until_confirmed(standing: Standing, reader: Side, *, now: datetime) -> Step:
    said: Millilitres | None = standing.entries.of(reader)
    if said is not None:
        return Step.WAIT_FOR_ENTRY
    if standing.state is HandoffState.MET or not standing.entries.is_empty or now >= standing.window_start:
        return Step.ENTER
    return Step.TRAVEL if standing.state is HandoffState.ON_THE_WAY else Step.MEET
