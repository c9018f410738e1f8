"""
The storage clock: until which day a lot is at its best, and until which day it may be used.

A donor knows the days on which she pumped, not the hours, so the clock counts calendar days from the first day of a
lot (its oldest milk), that day being day 0. Whole days of a limit in hours count; what is left of a day does not: four
hours end on the day of pumping, 24 hours on the day after it, 36 hours too. No lot is ever reckoned beyond 12 months.
"""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from app.milk.rules.keeping import Heat, Kept
from app.milk.rules.policy import CDC, Policy, Span, Unit

LONGEST: Final = Span(12, Unit.MONTHS)
"""The age past which no lot is passed on, whatever a row says."""

SOON: Final = 3
"""With so many days left or fewer, a page says that it is time."""

_HOURS_OF_A_DAY: Final = 24


@dataclass(frozen=True, slots=True)
class Deadline:
    """
    Two days and who gives them; both days still count.

    ``is_borrowed`` says that the policy asked for is silent on this place and the CDC's row was taken.
    """

    best_by: date
    use_by: date
    policy: Policy
    is_borrowed: bool = False


def deadline(kept: Kept, pumped_from: date, *, thawed_on: date | None = None, policy: Policy = CDC) -> Deadline:
    """
    How long milk keeps that was pumped from that day on.

    Thawed milk goes by the day on which it was fully thawed, and never keeps longer than it would have frozen.
    """
    row, source = policy.rows.get(kept), policy
    if row is None:
        row, source = CDC.rows[kept], CDC
    last = after(pumped_from, LONGEST)
    best, use = (min(after(pumped_from, span), last) for span in (row.best, row.use))
    if thawed_on is not None:
        span = policy.thawed or CDC.thawed
        thawed = after(thawed_on, span) if span else thawed_on
        best, use = min(best, thawed), min(use, thawed)
    return Deadline(best, use, source, is_borrowed=source is not policy)


def after(day: date, span: Span) -> date:
    """
    The day on which ``span`` after ``day`` ends.

    Months end on the same day of the month, or on its last where it is shorter: six months after 31 August is 28 or 29
    February. The last day of the calendar is the end of time.
    """
    if span.unit is Unit.MONTHS:
        return _months_later(day, span.count)
    days = span.count if span.unit is Unit.DAYS else span.count // _HOURS_OF_A_DAY
    return day + timedelta(days=min(days, (date.max - day).days))


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def days_left(use_by: date, *, today: date) -> int:
    """Whole days after ``today`` on which the milk may still be used: 0 on the last day, negative when it is past."""
    return (use_by - today).days


def taken_by(policy: Policy, kept: Kept, pumped_from: date, *, heat: Heat, thawed: bool, today: date) -> bool | None:
    """
    Whether a bank's own rule on age and heat takes such milk today; None when it has no row for this place.

    Everything else a bank asks is its own to ask.
    """
    if thawed or (heat is not Heat.NONE and not policy.heated):
        return False
    row = policy.rows.get(kept)
    return None if row is None else after(pumped_from, row.use) >= today
