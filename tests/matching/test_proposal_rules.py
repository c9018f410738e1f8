"""How long a proposal stands, when a pair is free again, how much milk a family has, and what joins the open map."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Conflict
from app.matching.rules.proposals import PROPOSAL_LIFE, ProposalState, has_left_page, is_resting, joins_open_map
from app.matching.rules.stock import Arrival, days_left, is_quiet, milk_left

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
UNSEEN = timedelta(hours=72)


def ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


@pytest.mark.parametrize(
    ("shown", "seen", "left"),
    [
        pytest.param(71.99, None, False, id="not looked at for nearly three days"),
        pytest.param(72, None, True, id="not looked at for three days"),
        pytest.param(72, 1, False, id="looked at an hour ago"),
        pytest.param(140, 71.99, False, id="looked at nearly three days ago"),
        pytest.param(140, 72, True, id="looked at three days ago, without a word"),
    ],
)
def test_a_proposal_leaves_the_page_after_three_days_without_a_look_or_a_word(shown, seen, left):
    moment = None if seen is None else ago(seen)
    assert has_left_page(shown=ago(shown), seen=moment, unseen=UNSEEN, now=NOW) is left


@pytest.mark.parametrize(
    ("ended", "seen", "rests"),
    [
        pytest.param(5.99, None, True, id="unseen, lapsed in this round"),
        pytest.param(6, None, False, id="unseen, lapsed in the last round"),
        pytest.param(24 * 14 - 0.01, ago(500), True, id="looked at, not yet a fortnight"),
        pytest.param(24 * 14, ago(500), False, id="looked at, a fortnight ago"),
    ],
)
def test_a_lapsed_pair_rests_a_round_when_unseen_and_a_fortnight_when_it_was_read(ended, seen, rests):
    assert is_resting(ended=ago(ended), seen=seen, now=NOW) is rests


@pytest.mark.parametrize(
    ("hours", "booked", "joins"),
    [(35.99, False, False), (36, False, True), (36, True, False), (None, False, False)],
)
def test_an_offer_nobody_booked_joins_the_open_map_after_thirty_six_hours(hours, booked, joins):
    published = None if hours is None else ago(hours)
    assert joins_open_map(published=published, booked=booked, after=timedelta(hours=36), now=NOW) is joins


@pytest.mark.parametrize("state", sorted(set(ProposalState) - {ProposalState.DECLINED}))
def test_whatever_was_not_declined_may_be_declined(state):
    assert PROPOSAL_LIFE.allows(state, ProposalState.DECLINED)


@pytest.mark.parametrize("wanted", sorted(set(ProposalState) - {ProposalState.DECLINED, ProposalState.ANSWERED}))
def test_a_no_comes_back_only_by_the_word_of_the_one_who_passed(wanted):
    with pytest.raises(Conflict):
        PROPOSAL_LIFE.require(ProposalState.DECLINED, wanted)
    assert PROPOSAL_LIFE.allows(ProposalState.DECLINED, ProposalState.ANSWERED)


def left(stated: int, days: float, *arrivals: Arrival, need: int = 600) -> float:
    return milk_left(stated, said=NOW - timedelta(days=days), need_per_day=need, arrivals=arrivals, now=NOW)


@pytest.mark.parametrize(
    ("stated", "days", "arrivals", "expected"),
    [
        pytest.param(6000, 0, (), 6000, id="said just now"),
        pytest.param(6000, 3, (), 4200, id="three days drunk"),
        pytest.param(600, 3, (), 0, id="never below zero"),
        pytest.param(600, 3, (Arrival(ago(24), 1200, True),), 600, id="came yesterday to an empty freezer"),
        pytest.param(6000, 1, (Arrival(ago(48), 1200, True),), 5400, id="came before the stock was stated"),
        pytest.param(0, 1, (Arrival(NOW + timedelta(days=2), 3000, False),), 3000, id="booked ahead"),
        pytest.param(0, 1, (Arrival(ago(1), 3000, False),), 3000, id="the meeting is over but not settled"),
    ],
)
def test_stock_falls_by_each_day_s_need_and_grows_by_what_comes(stated, days, arrivals, expected):
    assert left(stated, days, *arrivals) == pytest.approx(expected)


@pytest.mark.parametrize(("stated", "quiet"), [(6000, True), (5999, False)])
def test_ten_days_of_milk_make_a_request_quiet(stated, quiet):
    assert is_quiet(left(stated, 0), 600, quiet_days=10) is quiet


def test_a_quiet_request_wakes_by_itself():
    assert is_quiet(left(6600, 1), 600, quiet_days=10)
    assert not is_quiet(left(6600, 1.01), 600, quiet_days=10)


@given(st.integers(0, 20_000), st.floats(0, 60), st.floats(0, 60), st.integers(1, 2000))
def test_without_new_milk_there_is_never_more_tomorrow(stated, days, more, need):
    assert 0 <= left(stated, days + more, need=need) <= left(stated, days, need=need) <= stated
    assert days_left(left(stated, days, need=need), need) <= stated / need
