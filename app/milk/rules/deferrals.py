"""
The days a donor keeps back, and what they mean for a lot of which only the days of pumping are known.

A lot whose days all lie inside is kept back whole. One that lies partly inside is asked about: until its donor has said
which of its bags are from those days, all of it is kept back. Nothing here is a verdict on milk: she says which days,
and when they end.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from app.kernel.words import N_

Problems = dict[str, list[str]]
"""Reasons by the name of the form's field."""

LONGEST_BACK: Final = 731
"""Days back that can be named: milk is not kept past its first year, and who was given some may be told for longer."""

LONGEST_SPAN: Final = 731
"""Days one entry may span; what goes on for longer has no end yet."""


class Kind(StrEnum):
    """What the days are for: a class, never a name of a medicine or an illness."""

    MEDICINE = "medicine"
    ALCOHOL = "alcohol"
    NICOTINE = "nicotine"
    CANNABIS = "cannabis"
    FEVER = "fever"
    MASTITIS = "mastitis"
    CONTRAST = "contrast"
    VACCINE = "vaccine"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Days:
    """Calendar days of the donor's own, both ends among them; ``last`` is None while it goes on."""

    first: date
    last: date | None

    def shared_with(self, first: date, last: date) -> "Days | None":
        """The days that also lie from ``first`` to ``last``; None when there are none."""
        begin, until = max(self.first, first), min(self.last or date.max, last)
        return Days(begin, until) if begin <= until else None

    def covers(self, other: "Days") -> bool:
        """Whether every day of ``other`` is one of these."""
        return self.first <= other.first and (other.last or date.max) <= (self.last or date.max)


@dataclass(frozen=True, slots=True)
class DeferralDraft:
    """What she typed; None where nothing readable was. ``goes_on`` says that there is no end yet."""

    kind: Kind | None
    first: date | None
    last: date | None
    goes_on: bool = False

    @property
    def days(self) -> Days:
        """The days of a draft that :func:`check` has nothing against."""
        return Days(self.first or date.min, None if self.goes_on else self.last)


def check(draft: DeferralDraft, *, today: date) -> Problems:
    """Every reason why these cannot be days to keep back, by field; the end may be still to come."""
    problems: Problems = {}
    if draft.kind is None:
        problems["kind"] = [N_("Please say what it was.")]
    return problems | _days(draft, today=today)


def _days(draft: DeferralDraft, *, today: date) -> Problems:
    first, last = draft.first, None if draft.goes_on else draft.last
    if first is None:
        return {"first": [N_("Please say on which day it began.")]}
    reasons = (
        ("first", first > today, N_("That day is still to come.")),
        (
            "first",
            (today - first).days > LONGEST_BACK,
            N_("That is more than two years ago. Milk from then is not kept any more."),
        ),
        (
            "last",
            last is None and not draft.goes_on,
            N_("Please say on which day it ended, or that it still goes on."),
        ),
        ("last", last is not None and last < first, N_("The last day comes after the first.")),
        (
            "last",
            last is not None and (last - first).days > LONGEST_SPAN,
            N_("That is more than two years. Please say that it still goes on."),
        ),
    )
    return next(({field: [words]} for field, holds, words in reasons if holds), {})


class Standing(StrEnum):
    """
    How the days of an entry stand to the bags of a lot.

    ``open``: some of the days are shared, and she has not said which bags are from them. ``inside``: the bags that are
    left are from those days. ``outside``: she said that none of them is.
    """

    OPEN = "open"
    INSIDE = "inside"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Hold:
    """A standing, and the days it is about: those which the entry shares with the lot."""

    standing: Standing
    days: Days


def judge(days: Days, pumped_from: date, pumped_to: date, earlier: Hold | None) -> Hold | None:
    """
    How days stand to a lot now, given how they stood ``earlier``; None when they share none.

    An answer holds for the days it was given for and no others: when they grow, she is asked again. Days that cover
    the lot leave nothing to ask.
    """
    shared = days.shared_with(pumped_from, pumped_to)
    if shared is None:
        return None
    if shared == Days(pumped_from, pumped_to):
        return Hold(Standing.INSIDE, shared)
    if earlier is None:
        return Hold(Standing.OPEN, shared)
    if earlier.standing is Standing.OUTSIDE and not earlier.days.covers(shared):
        return Hold(Standing.OPEN, shared)
    if earlier.standing is Standing.OUTSIDE:
        return earlier
    return Hold(earlier.standing, shared)


def keeps_back(standings: Iterable[Standing]) -> bool:
    """Whether a lot with these standings is kept back: always, unless she said of each that no bag is from its days."""
    return any(each is not Standing.OUTSIDE for each in standings)


def joins(days: Days, today: date) -> bool:
    """Whether "again today" is one entry with ``days``: they hold today or ended yesterday."""
    return days.last is None or (days.first <= today and (today - days.last).days <= 1)
