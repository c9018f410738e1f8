"""
What may be proposed: a window of time and a volume, and to which period of the offer the milk belongs.

Fields in the answers are named as in the form: ``day``, ``starts``, ``ends``, ``amount``.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from app.kernel.quantities import Millilitres, millilitres_from_ounces
from app.kernel.words import N_
from app.milk.rules.choosing import Chosen

FURTHEST: Final = timedelta(days=60)
"""How far ahead a window may begin."""

LONGEST: Final = timedelta(hours=12)
"""How long a window may be."""

SMALLEST: Final = millilitres_from_ounces(1)
"""The least volume of a handoff, unless it is all that is left."""

ROUNDING: Final = Millilitres(15)
"""Half an ounce: what the showing of whole ounces may add to or hide from a volume."""

MOST_OPEN_PROPOSALS: Final = 5
"""How many unanswered proposals a conversation may hold at a time."""

WHOLE: Final = "all"
"""The period of an offer that is given once."""

MOST_OTHERS: Final = 2
"""How many other windows a proposal may hold."""

Window = tuple[datetime, datetime]
"""When a window begins and ends; both aware."""

Problems = dict[str, list[str]]
"""Field → its reasons in plain words; empty when nothing is wrong."""


@dataclass(frozen=True, slots=True)
class HandoffDraft:
    """
    What somebody proposes: a volume, a window in UTC, and at most :data:`MOST_OTHERS` other windows.

    ``bags`` are those the donor would bring; None leaves it at the oldest.
    """

    volume_ml: Millilitres
    window_start: datetime
    window_end: datetime
    others: tuple[Window, ...] = ()
    bags: Chosen | None = None

    @property
    def windows(self) -> tuple[Window, ...]:
        """Every window, each once, in the order proposed."""
        return tuple(dict.fromkeys(((self.window_start, self.window_end), *self.others)))

    @property
    def latest(self) -> datetime:
        """When the last of the windows ends."""
        return max(until for _begin, until in self.windows)


def window_problems(start: datetime, end: datetime, *, now: datetime) -> Problems:
    """
    Why the window may not be proposed.

    It begins after ``now`` and at most :data:`FURTHEST` ahead, ends after it begins, and lasts at most
    :data:`LONGEST`; both limits themselves are allowed.
    """
    problems: Problems = {}
    if start <= now:
        problems["starts"] = [N_("That time has passed. Please pick one that is still to come.")]
    elif start > now + FURTHEST:
        problems["day"] = [N_("That is far away. Please pick a day in the next 60 days.")]
    if end <= start:
        problems["ends"] = [N_("The end comes after the start.")]
    elif end - start > LONGEST:
        problems["ends"] = [N_("That is a long wait. Please pick a window of 12 hours or less.")]
    return problems


def at_window(number: int, problems: Problems) -> Problems:
    """The problems at the fields of one of the windows: ``starts``, ``starts2``, ``starts3``; the first is 0."""
    return {f"{field}{number + 1 if number else ''}": reasons for field, reasons in problems.items()}


def may_still_meet(window_end: datetime, *, now: datetime) -> bool:
    """Whether somebody may still agree: the window has not ended."""
    return now < window_end


def fit_to_free(volume: Millilitres, free: Millilitres) -> Millilitres:
    """
    The volume meant by what was typed.

    What is free is shown in whole ounces, so somebody who asks for all of it may ask for up to :data:`ROUNDING` too
    much; then all that is free is meant.
    """
    return free if free < volume <= free + ROUNDING else volume


def volume_problems(volume: Millilitres, *, free: Millilitres, smallest: Millilitres | None = None) -> Problems:
    """
    Why the volume may not be proposed: nothing, more than is ``free``, or less than the smallest handoff.

    The smallest is an ounce, or the donor's own ``smallest`` when she named one; what is left may always be asked
    for as a whole.
    """
    if volume <= 0:
        return {"amount": [N_("Please say how much milk.")]}
    if free <= 0:
        return {"amount": [N_("All of this milk is promised or given now.")]}
    if volume > free:
        return {"amount": [N_("That is more than is free.")]}
    if volume < SMALLEST and volume != free:
        return {"amount": [N_("That is very little. Please plan at least one ounce (30 ml).")]}
    if smallest is not None and volume + ROUNDING < smallest and volume != free:
        return {"amount": [N_("The donor gives more than that at a time. Please ask for more.")]}
    return {}


def period_of(*, weekly: bool, window_start: datetime, zone: tzinfo) -> str:
    """
    Which milk of the offer a handoff takes: :data:`WHOLE`, or of a weekly offer the ISO week in which the window
    begins in the donor's ``zone``, such as ``"2026-W47"``.
    """
    if not weekly:
        return WHOLE
    year, week, _day = window_start.astimezone(zone).isocalendar()
    return f"{year:04}-W{week:02}"
