"""
Second in line: when a promise lapses, the next family of the line is asked by itself.

The donor is told before anybody is asked, and can stop it; the family is asked once and has two days.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from app.kernel.states import TransitionTable
from app.matching.rules.life import Waiting, line
from app.matching.rules.weights import RoundRules

HEAD_START: Final = timedelta(hours=4)
"""So long before a family is asked its donor is told who it will be."""

ANSWER_WITHIN: Final = timedelta(hours=48)
"""So long a family has to say that it still wants the milk; then the next one is asked."""


class TurnState(StrEnum):
    """Where a family's turn stands; all but the first two are final."""

    PLANNED = "planned"
    ASKED = "asked"
    TAKEN = "taken"
    PASSED = "passed"
    LAPSED = "lapsed"
    STOPPED = "stopped"
    ENDED = "ended"


LIFE: Final = TransitionTable(
    {
        TurnState.PLANNED: frozenset(
            {TurnState.ASKED, TurnState.TAKEN, TurnState.PASSED, TurnState.STOPPED, TurnState.ENDED}
        ),
        TurnState.ASKED: frozenset(
            {TurnState.TAKEN, TurnState.PASSED, TurnState.LAPSED, TurnState.STOPPED, TurnState.ENDED}
        ),
    }
)
"""Taken: it is a yes. Passed: the family has no need of it. Stopped: the donor asks nobody else. Ended: something else
came first."""

OPEN: Final = frozenset({TurnState.PLANNED, TurnState.ASKED})


@dataclass(frozen=True, slots=True)
class Turns:
    """
    What turns there were at an offer.

    ``of_cause`` are the interests asked for this very reason, ``stopped`` that its donor asks nobody else; ``open`` and
    ``silent`` are interests with an open turn, or with one they left unanswered, for whatever reason.
    """

    of_cause: Mapping[int, TurnState]
    open: frozenset[int]
    silent: frozenset[int]

    @property
    def is_stopped(self) -> bool:
        """Whether nobody more is asked for this reason."""
        return TurnState.STOPPED in self.of_cause.values()

    @property
    def waits(self) -> bool:
        """Whether somebody's turn for this reason is still open."""
        return not OPEN.isdisjoint(self.of_cause.values())


def order_of_turns(
    waiting: Iterable[Waiting], turns: Turns, *, apart: Collection[int], rules: RoundRules
) -> tuple[int, ...]:
    """
    Whose turn may be next, in the order of the line; nobody while a turn is open or the donor has stopped it.

    Nobody is asked twice for one reason, nobody who has an open turn or left one unanswered, and nobody in ``apart``.
    """
    if turns.is_stopped or turns.waits:
        return ()
    left_out = set(turns.of_cause) | turns.open | turns.silent | set(apart)
    return tuple(one.interest_id for one in line(waiting, rules=rules) if one.interest_id not in left_out)
