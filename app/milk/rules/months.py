"""A month as weeks of days, for a calendar page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from app.milk.rules.deferrals import LONGEST_BACK, Days, Kind

_WEEK: Final = 7
_LAST_MONTH: Final = 12


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the page and the kinds of its entries; ``is_other`` when it belongs to the month before or after."""

    date: date
    kinds: tuple[Kind, ...]
    is_today: bool
    is_other: bool


@dataclass(frozen=True, slots=True)
class Month:
    """The weeks that touch a month, and the first days of the months around it, None past the ends of the calendar."""

    first: date
    weeks: tuple[tuple[Day, ...], ...]
    before: date | None
    after: date | None


def month_of(day: date, entries: Iterable[tuple[Kind, Days]], *, today: date, week_begins: int = 0) -> Month:
    """
    The month of ``day``. ``week_begins`` is 0 for Monday to 6 for Sunday.

    A day out of reach is as good as today: the calendar goes back as far as an entry may, and as far ahead.
    """
    reach = timedelta(days=LONGEST_BACK)
    shown = day if abs(day - today) <= reach else today
    known = list(entries)
    first = shown.replace(day=1)
    following = _next(first)
    monday = first - timedelta(days=(first.weekday() - week_begins) % _WEEK)
    weeks = []
    while monday < following:
        days = (monday + timedelta(days=number) for number in range(_WEEK))
        weeks.append(tuple(_day(each, known, first.month, today) for each in days))
        monday += timedelta(days=_WEEK)
    before = (first - timedelta(days=1)).replace(day=1)
    return Month(
        first,
        tuple(weeks),
        before if today - before <= reach else None,
        following if following - today <= reach else None,
    )


def _next(first: date) -> date:
    return date(first.year + first.month // _LAST_MONTH, first.month % _LAST_MONTH + 1, 1)


def _day(each: date, entries: Iterable[tuple[Kind, Days]], month: int, today: date) -> Day:
    kinds = dict.fromkeys(kind for kind, days in entries if days.covers(Days(each, each)))
    return Day(each, tuple(kinds), each == today, each.month != month)
