"""From a person's calendar and clock to UTC, where the clock jumps forward or back as well."""

from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.kernel.words import N_

NO_SUCH_TIME = N_("The clock is put forward then, so this time does not exist. Please pick another.")


class NoSuchTime(ValueError):  # noqa: N818 - reads as what the person is told.
    """A time the clock jumps over."""


def zone_named(name: str) -> tzinfo:
    """The zone of that name in the time zone database; UTC when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def is_today(moment: datetime, zone: tzinfo, *, now: datetime) -> bool:
    """Whether ``moment`` lies on the calendar day it is now in ``zone``; both moments are aware."""
    return moment.astimezone(zone).date() == now.astimezone(zone).date()


def moment_of(day: date, clock: time, zone: tzinfo) -> datetime:
    """
    The UTC moment at which ``zone`` shows that day and time.

    Where the clock is put back and shows a time twice, the first is meant. Raises :class:`NoSuchTime` for a time
    that is jumped over, and :class:`OverflowError` at the ends of the calendar.
    """
    local = datetime.combine(day, clock.replace(tzinfo=None, fold=0), tzinfo=zone)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise NoSuchTime
    return moment
