"""
Meetings as a calendar file (RFC 5545), for one handoff or for all of a person's.

What stands there leaves the site and is copied by whatever program reads it. So it holds a name, a time and the address
of the page: no volume, no place, no word of anybody.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from icalendar import Event

KIND: Final = "text/calendar; charset=utf-8"
"""The media type of a calendar file."""

ASK_AGAIN: Final = timedelta(hours=1)
"""How often a program that follows somebody's calendar is asked to look."""

MAKER: Final = "-//Milkbridge//Handoffs//EN"


@dataclass(frozen=True, slots=True)
class Meeting:
    """One agreed handoff: ``key`` names it for good, ``address`` is that of its page; the moments are aware."""

    key: str
    title: str
    address: str
    starts: datetime
    ends: datetime


def calendar_file(meetings: Iterable[Meeting], *, name: str, now: datetime) -> bytes:
    """
    The file with these meetings, under ``name``.

    Every time is written in UTC, which no change of clocks can move: a calendar shows it in its owner's own zone, so
    two people in two zones, on both sides of a change, see the same moment.
    """
    # Loading the library takes a quarter of a second, which no other page has to wait for.
    from icalendar import Calendar

    made = Calendar()
    for key, value in {"prodid": MAKER, "version": "2.0", "method": "PUBLISH", "x-wr-calname": name}.items():
        made.add(key, value)
    for key in ("refresh-interval", "x-published-ttl"):
        made.add(key, ASK_AGAIN, parameters={"VALUE": "DURATION"})
    for meeting in meetings:
        made.add_component(_event(meeting, now=now))
    written: bytes = made.to_ical()
    return written


def _event(meeting: Meeting, *, now: datetime) -> "Event":
    from icalendar import Event

    event = Event()
    event.add("uid", f"{meeting.key}@handoffs.milkbridge")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", meeting.starts.astimezone(UTC))
    event.add("dtend", meeting.ends.astimezone(UTC))
    event.add("summary", meeting.title)
    event.add("description", meeting.address)
    event.add("url", meeting.address)
    event.add("class", "PRIVATE")
    event.add("status", "CONFIRMED")
    return event
