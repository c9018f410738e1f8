"""
When something may leave: the reader's quiet hours, and the hour of the summary of the day.

Hours are those of the reader's own clock, so they move with summer time. An hour that the clock skips begins when it
has skipped it; of an hour that comes twice the first one counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DAYS_AHEAD: Final = 4
"""In so many days every hour comes at least once, also where a clock skips it."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours (0 to 23, never equal) between which nothing leaves: ``start`` is quiet, ``end`` no longer."""

    start: int
    end: int

    def holds(self, hour: int) -> bool:
        """Whether this hour of the day is quiet; the night may lie across midnight."""
        if self.start < self.end:
            return self.start <= hour < self.end
        return hour >= self.start or hour < self.end


@dataclass(frozen=True, slots=True)
class Pace:
    """How somebody wants to be reached: ``zone`` is an IANA name, ``quiet`` None for no quiet hours."""

    zone: str = "UTC"
    quiet: Quiet | None = Quiet(22, 7)
    digest_hour: int = 18


DEFAULT_PACE: Final = Pace()


def is_quiet(pace: Pace, moment: datetime) -> bool:
    """Whether ``moment`` (aware) lies in the quiet hours."""
    return pace.quiet is not None and pace.quiet.holds(moment.astimezone(ZoneInfo(pace.zone)).hour)


def end_of_quiet(pace: Pace, moment: datetime) -> datetime:
    """The first moment from ``moment`` on that is not quiet, in UTC; ``moment`` itself when it is not."""
    if pace.quiet is None or not is_quiet(pace, moment):
        return moment.astimezone(UTC)
    ends = (end for end in _each_day_at(pace, pace.quiet.end, moment) if not is_quiet(pace, end))
    return next(ends)


def departure(pace: Pace, *, urgent: bool, now: datetime) -> datetime:
    """The first moment from ``now`` on at which a notice may leave, in UTC: what is urgent waits for no morning."""
    return now.astimezone(UTC) if urgent else end_of_quiet(pace, now)


def next_digest(pace: Pace, after: datetime) -> datetime:
    """The next summary of the day later than ``after``, in UTC; one that falls in quiet hours comes at their end."""
    return end_of_quiet(pace, next(_each_day_at(pace, pace.digest_hour, after)))


def _each_day_at(pace: Pace, hour: int, after: datetime) -> Iterator[datetime]:
    """The moments later than ``after`` at which the clock reaches ``hour``, in order, in UTC."""
    zone = ZoneInfo(pace.zone)
    today = after.astimezone(zone).date()
    for days in range(DAYS_AHEAD):
        reached = datetime.combine(today + timedelta(days=days), time(hour), tzinfo=zone).astimezone(UTC)
        if reached > after:
            yield reached
