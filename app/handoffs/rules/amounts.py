"""
What was really given: both sides say it, and when their numbers differ both stand beside each other.

The donor's number moves the milk; the family's number and the condition on arrival are the family's own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from app.handoffs.rules.plan import ROUNDING, Problems
from app.handoffs.rules.states import HELD, HandoffState, Side
from app.kernel.quantities import Millilitres
from app.kernel.words import N_

MOST: Final = Millilitres(100_000)
"""More than this in one handoff is a slip of the finger: the largest home stashes hold about 90 litres."""

CORRECTION: Final = timedelta(days=7)
"""How long after the confirmation differing numbers may be corrected; after that both stand."""

REMIND_AFTER: Final = timedelta(hours=48)
"""How long after the end of the window both are asked what happened."""

MISSED_AFTER: Final = timedelta(days=7)
"""How long after the end of the window a handoff that nobody confirmed counts as missed."""


class Condition(StrEnum):
    """How the milk arrived."""

    FROZEN = "frozen"
    COLD = "cold"
    PARTLY_THAWED = "partly_thawed"
    THAWED = "thawed"


@dataclass(frozen=True, slots=True)
class Entries:
    """What the two sides have said so far; None where nothing was said."""

    given_ml: Millilitres | None
    received_ml: Millilitres | None

    @property
    def are_both_there(self) -> bool:
        """Whether both sides have said something."""
        return self.given_ml is not None and self.received_ml is not None

    @property
    def differ(self) -> bool:
        """Whether both numbers are there and further apart than showing them in whole ounces explains."""
        if self.given_ml is None or self.received_ml is None:
            return False
        return abs(self.given_ml - self.received_ml) > ROUNDING

    def of(self, side: Side) -> Millilitres | None:
        """What one side has said."""
        return self.given_ml if side is Side.DONOR else self.received_ml

    @property
    def is_empty(self) -> bool:
        """Whether nobody has said anything."""
        return self.given_ml is None and self.received_ml is None


def amount_problems(amount: int, condition: Condition | None, side: Side) -> Problems:
    """Why what somebody entered cannot be: no milk, an absurd amount, or a family that does not say how it
    arrived.
    """
    problems: Problems = {}
    if amount <= 0:
        problems["amount"] = [N_("Please enter more than zero. If no milk changed hands, say that it did not happen.")]
    elif amount > MOST:
        problems["amount"] = [N_("That is more than a handoff can be. Please check the number and the unit.")]
    if side is Side.FAMILY and condition is None:
        problems["condition"] = [N_("Please say how the milk arrived.")]
    return problems


def may_enter(state: HandoffState, entries: Entries, confirmed_at: datetime | None, *, now: datetime) -> bool:
    """
    Whether either side may enter or correct its number: from the agreement on (people also meet earlier than
    planned), and for :data:`CORRECTION` after the confirmation as long as the numbers differ.
    """
    if state in HELD:
        return True
    if state is not HandoffState.CONFIRMED or confirmed_at is None:
        return False
    return entries.differ and now <= confirmed_at + CORRECTION


def may_end_unmet(entries: Entries) -> bool:
    """Whether an agreed handoff may be cancelled or reported as missed: nobody has entered what was given."""
    return entries.is_empty


def may_report_missed(window_end: datetime, entries: Entries, *, now: datetime) -> bool:
    """Whether somebody may say that the meeting did not happen: its window is over and nobody entered an amount."""
    return now >= window_end and may_end_unmet(entries)


def settled_amount(entries: Entries, held: Millilitres) -> Millilitres:
    """
    What counts as given: the donor's number, else the family's but not more than was ``held`` for it.

    All that was held when nobody said anything: the two met, so the milk must not be promised again.
    """
    if entries.given_ml is not None:
        return entries.given_ml
    return held if entries.received_ml is None else min(entries.received_ml, held)


def held_amount(promised: Millilitres, entries: Entries) -> Millilitres:
    """What the balance keeps for a handoff: the promise, until the donor says what she really gave."""
    return promised if entries.given_ml is None else entries.given_ml
