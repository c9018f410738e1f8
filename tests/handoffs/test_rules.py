"""The rulebook of handoffs: their life, the plan, the amounts, the next step."""

from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.handoffs.rules import checklist
from app.handoffs.rules.amounts import (
    CORRECTION,
    MOST,
    Condition,
    Entries,
    amount_problems,
    held_amount,
    may_end_unmet,
    may_enter,
    may_report_missed,
    settled_amount,
)
from app.handoffs.rules.balance import Balance, MilkTaken
from app.handoffs.rules.local_time import NoSuchTime, moment_of, zone_named
from app.handoffs.rules.plan import (
    FURTHEST,
    LONGEST,
    fit_to_free,
    may_still_meet,
    period_of,
    volume_problems,
    window_problems,
)
from app.handoffs.rules.states import LIFE, HandoffState, Side, is_one_of, may_answer, other_of, side_of
from app.handoffs.rules.steps import Standing, Step, next_step
from app.kernel.errors import Conflict

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
S = HandoffState
PACIFIC = ZoneInfo("America/Los_Angeles")

FOLLOWING = {
    S.PROPOSED: {S.AGREED, S.DECLINED, S.CANCELLED},
    S.AGREED: {S.ON_THE_WAY, S.MET, S.CANCELLED, S.MISSED},
    S.ON_THE_WAY: {S.MET, S.CANCELLED, S.MISSED},
    S.MET: {S.CONFIRMED, S.CANCELLED, S.MISSED},
    S.CONFIRMED: set(),
    S.DECLINED: set(),
    S.CANCELLED: set(),
    S.MISSED: {S.MET},
}


@pytest.mark.parametrize("current", list(S))
@pytest.mark.parametrize("wanted", list(S))
def test_a_handoff_moves_only_along_its_life(current, wanted):
    assert LIFE.allows(current, wanted) is (wanted in FOLLOWING[current])


@pytest.mark.parametrize("state", [S.PROPOSED, S.AGREED, S.ON_THE_WAY])
def test_nothing_is_confirmed_between_two_who_did_not_meet(state):
    with pytest.raises(Conflict):
        LIFE.require(state, S.CONFIRMED)


@pytest.mark.parametrize(
    ("person", "one_of_two", "answers"),
    [(1, True, False), (2, True, True), (3, False, False)],
    ids=["who proposed", "the other", "a stranger"],
)
def test_only_the_other_side_answers(person, one_of_two, answers):
    proposal = SimpleNamespace(donor_id=1, family_id=2, proposed_by_id=1)
    assert is_one_of(proposal, person) is one_of_two
    assert may_answer(proposal, person) is answers


def test_each_side_has_its_other():
    pair = SimpleNamespace(donor_id=1, family_id=2)
    assert (side_of(pair, 1), other_of(pair, 1)) == (Side.DONOR, 2)
    assert (side_of(pair, 2), other_of(pair, 2)) == (Side.FAMILY, 1)


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (NOW + HOUR, NOW + 2 * HOUR, None),
        (NOW + timedelta(seconds=1), NOW + HOUR, None),
        (NOW, NOW + HOUR, "starts"),
        (NOW - HOUR, NOW + HOUR, "starts"),
        (NOW + FURTHEST, NOW + FURTHEST + HOUR, None),
        (NOW + FURTHEST + timedelta(seconds=1), NOW + FURTHEST + HOUR, "day"),
        (NOW + HOUR, NOW + HOUR, "ends"),
        (NOW + 2 * HOUR, NOW + HOUR, "ends"),
        (NOW + HOUR, NOW + HOUR + LONGEST, None),
        (NOW + HOUR, NOW + HOUR + LONGEST + timedelta(seconds=1), "ends"),
    ],
)
def test_a_window_is_ahead_in_order_and_not_endless(start, end, field):
    assert set(window_problems(start, end, now=NOW)) == ({field} if field else set())


@pytest.mark.parametrize(("end", "meets"), [(NOW + HOUR, True), (NOW, False), (NOW - HOUR, False)])
def test_agreeing_ends_with_the_window(end, meets):
    assert may_still_meet(end, now=NOW) is meets


@pytest.mark.parametrize(
    ("volume", "free", "smallest", "fine"),
    [
        (500, 1000, None, True),
        (1000, 1000, None, True),
        (1001, 1000, None, False),
        (30, 1000, None, True),
        (29, 1000, None, False),
        (20, 20, None, True),
        (0, 1000, None, False),
        (-5, 1000, None, False),
        (10, 0, None, False),
        (300, 1000, 300, True),
        (290, 1000, 300, True),
        (200, 1000, 300, False),
        (200, 200, 300, True),
    ],
)
def test_a_volume_is_at_least_an_ounce_and_at_most_what_is_free(volume, free, smallest, fine):
    assert (not volume_problems(volume, free=free, smallest=smallest)) is fine


@pytest.mark.parametrize(
    ("typed", "free", "meant"),
    [(1005, 1000, 1000), (1015, 1000, 1000), (1016, 1000, 1016), (1000, 1000, 1000), (990, 1000, 990)],
)
def test_asking_for_all_the_ounces_shown_means_all_that_is_free(typed, free, meant):
    assert fit_to_free(typed, free) == meant


@pytest.mark.parametrize(
    ("weekly", "start", "period"),
    [
        (False, datetime(2026, 11, 21, 12, tzinfo=UTC), "all"),
        (True, datetime(2026, 11, 21, 12, tzinfo=UTC), "2026-W47"),
        (True, datetime(2026, 11, 23, 4, tzinfo=UTC), "2026-W47"),
        (True, datetime(2026, 11, 23, 12, tzinfo=UTC), "2026-W48"),
        (True, datetime(2027, 1, 1, 12, tzinfo=UTC), "2026-W53"),
    ],
    ids=["once", "a saturday", "sunday evening at the donor's", "monday", "the first of january"],
)
def test_a_weekly_offer_is_given_by_the_donors_iso_week(weekly, start, period):
    assert period_of(weekly=weekly, window_start=start, zone=PACIFIC) == period


@pytest.mark.parametrize(
    ("total", "reserved", "given", "free", "all_given"),
    [
        (1000, 0, 0, 1000, False),
        (1000, 400, 300, 300, False),
        (1000, 0, 1000, 0, True),
        (1000, 0, 990, 10, True),
        (1000, 0, 980, 20, False),
        (1000, 10, 990, 0, False),
        (500, 400, 300, 0, False),
    ],
)
def test_free_is_what_is_neither_promised_nor_given(total, reserved, given, free, all_given):
    balance = Balance(total, reserved, given)
    assert (balance.free_ml, balance.is_all_given) == (free, all_given)


def test_whoever_comes_second_hears_how_much_is_left():
    assert MilkTaken(600).message == "Another family has that milk now; 20 oz are free."
    assert MilkTaken(600).free_ml == 600


@pytest.mark.parametrize(
    ("amount", "condition", "side", "fields"),
    [
        (900, None, Side.DONOR, set()),
        (900, Condition.FROZEN, Side.FAMILY, set()),
        (900, None, Side.FAMILY, {"condition"}),
        (0, None, Side.DONOR, {"amount"}),
        (-1, None, Side.FAMILY, {"amount", "condition"}),
        (MOST, None, Side.DONOR, set()),
        (MOST + 1, None, Side.DONOR, {"amount"}),
    ],
)
def test_what_was_given_is_a_believable_amount_and_the_family_says_how_it_arrived(amount, condition, side, fields):
    assert set(amount_problems(amount, condition, side)) == fields


@pytest.mark.parametrize(
    ("given_ml", "received_ml", "differ"),
    [(900, 900, False), (900, 915, False), (900, 916, True), (916, 900, True), (900, None, False), (None, 9, False)],
)
def test_numbers_differ_beyond_half_an_ounce(given_ml, received_ml, differ):
    assert Entries(given_ml, received_ml).differ is differ


@pytest.mark.parametrize(
    ("state", "entries", "confirmed_at", "may"),
    [
        (S.AGREED, Entries(None, None), None, True),
        (S.AGREED, Entries(900, None), None, True),
        (S.PROPOSED, Entries(None, None), None, False),
        (S.CANCELLED, Entries(None, None), None, False),
        (S.CONFIRMED, Entries(900, 800), NOW - CORRECTION, True),
        (S.CONFIRMED, Entries(900, 800), NOW - CORRECTION - HOUR, False),
        (S.CONFIRMED, Entries(900, 900), NOW, False),
        (S.CONFIRMED, Entries(900, None), NOW, False),
    ],
)
def test_numbers_are_entered_while_agreed_and_corrected_for_a_week_while_they_differ(state, entries, confirmed_at, may):
    assert may_enter(state, entries, confirmed_at, now=NOW) is may


@pytest.mark.parametrize(
    ("entries", "end", "unmet", "missed"),
    [
        (Entries(None, None), NOW, True, True),
        (Entries(None, None), NOW + HOUR, True, False),
        (Entries(900, None), NOW, False, False),
        (Entries(None, 900), NOW, False, False),
    ],
)
def test_it_did_not_happen_only_after_the_window_and_before_any_amount(entries, end, unmet, missed):
    assert may_end_unmet(entries) is unmet
    assert may_report_missed(end, entries, now=NOW) is missed


@pytest.mark.parametrize(
    ("entries", "settled", "held"),
    [
        (Entries(None, None), 900, 900),
        (Entries(850, None), 850, 850),
        (Entries(850, 700), 850, 850),
        (Entries(None, 700), 700, 900),
        (Entries(None, 1200), 900, 900),
    ],
)
def test_the_donors_number_counts_and_the_familys_never_takes_more_than_was_promised(entries, settled, held):
    assert settled_amount(entries, 900) == settled
    assert held_amount(900, entries) == held


def standing(state, given_ml=None, received_ml=None, start=NOW + HOUR, confirmed_at=None):
    return Standing(state, Side.FAMILY, start, Entries(given_ml, received_ml), confirmed_at)


@pytest.mark.parametrize(
    ("where", "donor_sees", "family_sees"),
    [
        (standing(S.PROPOSED), Step.ANSWER, Step.WAIT_FOR_ANSWER),
        (standing(S.AGREED), Step.MEET, Step.MEET),
        (standing(S.AGREED, start=NOW), Step.ENTER, Step.ENTER),
        (standing(S.AGREED, given_ml=900), Step.WAIT_FOR_ENTRY, Step.ENTER),
        (standing(S.AGREED, received_ml=900), Step.ENTER, Step.WAIT_FOR_ENTRY),
        (standing(S.CONFIRMED, 900, 900, confirmed_at=NOW), Step.DONE, Step.DONE),
        (standing(S.CONFIRMED, 900, 700, confirmed_at=NOW), Step.COMPARE, Step.COMPARE),
        (standing(S.DECLINED), Step.ENDED, Step.ENDED),
        (standing(S.MISSED), Step.ENDED, Step.ENDED),
    ],
)
def test_each_of_the_two_sees_what_comes_next(where, donor_sees, family_sees):
    assert next_step(where, Side.DONOR, now=NOW) is donor_sees
    assert next_step(where, Side.FAMILY, now=NOW) is family_sees


@pytest.mark.parametrize(
    ("day", "clock", "zone", "utc"),
    [
        (date(2026, 11, 21), time(10, 0), "America/Los_Angeles", datetime(2026, 11, 21, 18, 0, tzinfo=UTC)),
        (date(2026, 7, 1), time(10, 0), "Europe/Paris", datetime(2026, 7, 1, 8, 0, tzinfo=UTC)),
        (date(2026, 11, 1), time(1, 30), "America/Los_Angeles", datetime(2026, 11, 1, 8, 30, tzinfo=UTC)),
        (date(2026, 10, 25), time(2, 30), "Europe/Paris", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (date(2026, 3, 8), time(3, 0), "America/Los_Angeles", datetime(2026, 3, 8, 10, 0, tzinfo=UTC)),
    ],
    ids=["winter", "summer", "a time shown twice is the first", "twice in paris", "just after the jump"],
)
def test_a_local_time_becomes_utc(day, clock, zone, utc):
    assert moment_of(day, clock, zone_named(zone)) == utc


@pytest.mark.parametrize(
    ("day", "clock", "zone"),
    [
        (date(2026, 3, 8), time(2, 30), "America/Los_Angeles"),
        (date(2026, 3, 8), time(2, 0), "America/Los_Angeles"),
        (date(2026, 3, 29), time(2, 59), "Europe/Paris"),
    ],
)
def test_a_time_the_clock_jumps_over_does_not_exist(day, clock, zone):
    with pytest.raises(NoSuchTime):
        moment_of(day, clock, zone_named(zone))


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001 - a wall clock has no zone yet.
    st.sampled_from(["America/Los_Angeles", "Europe/Paris", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
)
def test_every_existing_local_time_is_shown_again_in_its_zone(wall, name):
    zone = zone_named(name)
    try:
        moment = moment_of(wall.date(), wall.time(), zone)
    except NoSuchTime:
        return
    assert moment.astimezone(zone).replace(tzinfo=None, fold=0) == wall


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd"])
def test_an_unknown_zone_is_utc(name):
    assert zone_named(name) is UTC


@pytest.mark.parametrize("moment", list(checklist.Moment))
def test_each_moment_has_lines_and_every_health_fact_its_source(moment):
    lines = checklist.lines_for(moment)
    assert lines
    assert all(line.source is None or line.source.url.startswith("https://") for line in lines)
    assert all(line.source is checklist.CDC_STORAGE for line in checklist.ARRIVAL.values())


def test_only_thawing_brings_a_hint():
    assert set(checklist.ARRIVAL) == {Condition.THAWED, Condition.PARTLY_THAWED}
