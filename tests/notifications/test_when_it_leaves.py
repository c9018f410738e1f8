"""When something may leave: quiet hours and the hour of the summary, by the reader's own clock, through summer time."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.notifications.rules import (
    DEFAULT_PACE,
    Channel,
    Choice,
    Group,
    Pace,
    Quiet,
    UnknownGroup,
    departure,
    end_of_quiet,
    group_of,
    is_quiet,
    leaves_as,
    next_digest,
    usual,
)
from app.notifications.rules.choices import KINDS
from app.notifications.words import CHOICES, GROUPS, WORDS

ZONES = [
    "UTC", "America/Los_Angeles", "America/New_York", "America/Havana", "America/St_Johns", "Europe/Berlin",
    "Africa/Cairo", "Asia/Kathmandu", "Asia/Beirut", "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Apia",
]  # fmt: skip
MINUTE = timedelta(minutes=1)

paces = st.builds(
    Pace,
    zone=st.sampled_from(ZONES),
    quiet=st.none()
    | st.tuples(st.integers(0, 23), st.integers(0, 23))
    .filter(lambda two: two[0] != two[1])
    .map(lambda two: Quiet(*two)),
    digest_hour=st.integers(0, 23),
)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)).map(  # noqa: DTZ001 - given a zone beside it.
    lambda moment: moment.replace(second=0, microsecond=0)
)


def local(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [("21:59", False), ("22:00", True), ("00:00", True), ("06:59", True), ("07:00", False), ("12:00", False)],
)  # fmt: skip
def test_the_usual_night_is_from_ten_to_seven(clock, quiet):
    pace = Pace("America/Los_Angeles")
    assert is_quiet(pace, local(f"2026-11-21T{clock}", pace.zone)) is quiet


@pytest.mark.parametrize(
    ("zone", "hours", "came", "leaves"),
    [
        # An ordinary night, before and after midnight.
        ("America/Los_Angeles", (22, 7), "2026-11-21T22:00-08:00", "2026-11-22T07:00-08:00"),
        ("America/Los_Angeles", (22, 7), "2026-11-22T03:30-08:00", "2026-11-22T07:00-08:00"),
        ("America/Los_Angeles", (22, 7), "2026-11-21T21:59-08:00", "2026-11-21T21:59-08:00"),
        ("Asia/Kathmandu", (22, 7), "2026-11-21T23:00+05:45", "2026-11-22T07:00+05:45"),
        # The night the clock is put forward is an hour shorter, the other one an hour longer.
        ("America/New_York", (22, 7), "2026-03-07T23:00-05:00", "2026-03-08T07:00-04:00"),
        ("America/New_York", (22, 7), "2026-10-31T23:00-04:00", "2026-11-01T07:00-05:00"),
        ("Europe/Berlin", (22, 7), "2026-03-28T22:30+01:00", "2026-03-29T07:00+02:00"),
        # The end is an hour the clock skips: it ends when the clock has skipped it.
        ("America/New_York", (22, 2), "2026-03-08T01:30-05:00", "2026-03-08T03:00-04:00"),
        ("Australia/Lord_Howe", (22, 2), "2026-10-04T01:30+10:30", "2026-10-04T02:30+11:00"),
        # The end comes twice: the first one counts; an hour inside that comes twice is quiet both times.
        ("America/New_York", (22, 1), "2026-11-01T00:30-04:00", "2026-11-01T01:00-04:00"),
        ("America/New_York", (22, 2), "2026-11-01T01:30-04:00", "2026-11-01T02:00-05:00"),
        # Midnight itself is skipped, and comes twice.
        ("Asia/Beirut", (20, 0), "2026-03-28T23:30+02:00", "2026-03-29T01:00+03:00"),
        ("America/Havana", (22, 0), "2026-10-31T23:00-04:00", "2026-11-01T00:00-04:00"),
    ],
)
def test_what_comes_in_quiet_hours_leaves_at_their_end(zone, hours, came, leaves):
    pace = Pace(zone, Quiet(*hours))
    assert end_of_quiet(pace, datetime.fromisoformat(came)) == datetime.fromisoformat(leaves)


def test_what_is_urgent_or_has_no_quiet_hours_leaves_at_once():
    night = local("2026-11-22T03:00", "America/Los_Angeles")
    pace = Pace("America/Los_Angeles")
    assert departure(pace, urgent=True, now=night) == night
    assert departure(pace, urgent=False, now=night) == night + timedelta(hours=4)
    assert departure(Pace("America/Los_Angeles", quiet=None), urgent=False, now=night) == night


@given(pace=paces, moment=moments)
def test_nothing_that_is_not_urgent_ever_leaves_in_quiet_hours_and_waits_no_longer_than_they_last(pace, moment):
    leaves = departure(pace, urgent=False, now=moment)
    assert leaves >= moment
    assert not is_quiet(pace, leaves)
    if leaves > moment:
        assert is_quiet(pace, leaves - MINUTE)
        assert all(is_quiet(pace, moment + n * 30 * MINUTE) for n in range(int((leaves - moment) / (30 * MINUTE))))


@pytest.mark.parametrize(
    ("zone", "hour", "after", "summary"),
    [
        ("America/New_York", 18, "2026-11-21T17:59-05:00", "2026-11-21T18:00-05:00"),
        ("America/New_York", 18, "2026-11-21T18:00-05:00", "2026-11-22T18:00-05:00"),
        ("America/New_York", 18, "2026-03-07T19:00-05:00", "2026-03-08T18:00-04:00"),
        ("America/New_York", 18, "2026-10-31T19:00-04:00", "2026-11-01T18:00-05:00"),
        # The chosen hour lies in the night: the summary comes in the morning.
        ("America/New_York", 23, "2026-11-21T12:00-05:00", "2026-11-22T07:00-05:00"),
        # Samoa once had no 30 December at all; there is a summary on the days there are.
        ("Pacific/Apia", 18, "2011-12-29T19:00-10:00", "2011-12-31T18:00+14:00"),
    ],
)
def test_the_summary_comes_once_a_day_at_the_readers_hour(zone, hour, after, summary):
    pace = Pace(zone, Quiet(22, 7), hour)
    assert next_digest(pace, datetime.fromisoformat(after)) == datetime.fromisoformat(summary)


@given(pace=paces, moment=moments)
def test_a_summary_comes_within_two_days_and_never_in_quiet_hours(pace, moment):
    summary = next_digest(pace, moment)
    assert moment < summary <= moment + timedelta(days=2)
    assert not is_quiet(pace, summary)


def test_every_kind_of_notice_is_in_one_group_with_words_and_a_usual_way():
    assert sorted(kind for kinds in KINDS.values() for kind in kinds) == sorted(WORDS)
    assert list(GROUPS) == list(Group)
    assert set(CHOICES) == set(Choice)
    assert [usual(group) for group in Group].count(Choice.DIGEST) == 1
    with pytest.raises(UnknownGroup):
        group_of("surprise")


@pytest.mark.parametrize(
    ("group", "chosen", "urgent", "asked_only", "way"),
    [
        (Group.HANDOFFS, None, False, False, Choice.INSTANT),
        (Group.MATCHES, None, False, False, Choice.DIGEST),
        (Group.MATCHES, Choice.INSTANT, False, False, Choice.INSTANT),
        (Group.HANDOFFS, Choice.DIGEST, False, False, Choice.DIGEST),
        (Group.HANDOFFS, Choice.DIGEST, True, False, Choice.INSTANT),  # urgent makes the summary at once ...
        (Group.HANDOFFS, Choice.OFF, True, False, Choice.OFF),  # ... but off stays off
        (Group.HANDOFFS, None, False, True, Choice.OFF),  # the site does not write of itself ...
        (Group.MATCHES, Choice.INSTANT, False, True, Choice.INSTANT),  # ... unless its reader chose so
    ],
)
def test_how_a_notice_leaves_is_the_readers_choice_or_the_usual(group, chosen, urgent, asked_only, way):
    assert leaves_as(group, chosen, urgent=urgent, asked_only=asked_only) is way


def test_the_usual_pace_is_a_quiet_night_and_a_summary_in_the_evening():
    assert Pace("UTC", Quiet(22, 7), 18) == DEFAULT_PACE
    assert {str(channel) for channel in Channel} == {"mail", "push"}
