"""The rules of meetings that did not happen and of kept promises, as tables."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.handoffs.rules.absences import (
    ANSWER_WITHIN,
    Finding,
    Said,
    Statement,
    answer_until,
    finding,
    leaves_to_others,
    other_side,
)
from app.handoffs.rules.promises import (
    EXCUSED_BY_A_WORD,
    FADES_AFTER,
    LATE_BEFORE,
    ON_TIME_GRACE,
    SHOWN_FROM,
    Entry,
    Excuse,
    Facts,
    Kept,
    Outcome,
    entry_of,
    tally,
    with_excuses,
)
from app.handoffs.rules.states import CancelReason, HandoffState, MetBy, Side
from tests.conftest import NOW

DAY, HOUR, MOMENT = timedelta(days=1), timedelta(hours=1), timedelta(microseconds=1)
D, F = Side.DONOR, Side.FAMILY
THERE, NOT, NEITHER = Said.WAS_THERE, Said.NOT_THERE, Said.NEITHER
START, END = NOW, NOW + 2 * HOUR


class TestWhatBothSay:
    @pytest.mark.parametrize(
        ("first", "answer", "days", "absent", "contested"),
        [
            (None, None, 0, None, False),
            (THERE, None, 0, None, False),
            (THERE, None, 4.99, None, False),
            (THERE, None, 5, "other", False),
            (THERE, NOT, 0, "other", False),
            (THERE, THERE, 0, None, True),
            (THERE, NEITHER, 9, None, True),
            (NOT, None, 0, "first", False),
            (NOT, None, 5, "first", False),
            (NOT, THERE, 0, "first", False),
            (NOT, NOT, 0, None, False),
            (NOT, NEITHER, 0, None, False),
            (NEITHER, None, 0, None, False),
            (NEITHER, None, 5, None, False),
            (NEITHER, NOT, 0, None, False),
            (NEITHER, NEITHER, 0, None, False),
            (NEITHER, THERE, 0, None, True),
        ],
    )
    @pytest.mark.parametrize("side", [D, F])
    def test_what_counts(self, side, first, answer, days, absent, contested):
        said = [Statement(side, first, NOW)] if first else []
        said += [Statement(other_side(side), answer, NOW + HOUR)] if answer else []
        found = finding(tuple(said), now=NOW + days * DAY)
        wanted = {None: None, "first": side, "other": other_side(side)}[absent]
        assert (found.absent, found.contested) == (wanted, contested)
        assert finding(tuple(reversed(said)), now=NOW + days * DAY) == found

    @pytest.mark.parametrize("said", [THERE, NOT, NEITHER])
    @pytest.mark.parametrize("side", [D, F])
    def test_the_other_can_answer_for_five_days(self, said, side):
        alone = (Statement(side, said, NOW),)
        assert answer_until(alone[0]) == NOW + ANSWER_WITHIN
        assert finding(alone, now=NOW + ANSWER_WITHIN - MOMENT).waits_for is other_side(side)
        assert finding(alone, now=NOW + ANSWER_WITHIN).waits_for is None

    def test_after_both_spoke_nothing_waits(self):
        both = (Statement(D, THERE, NOW), Statement(F, NOT, NOW))
        assert finding(both, now=NOW) == Finding(absent=F)

    @pytest.mark.parametrize(
        ("side", "said", "leaves"),
        [
            (D, THERE, True),
            (D, NOT, False),
            (D, NEITHER, False),
            (F, THERE, False),
            (F, NOT, True),
            (F, NEITHER, False),
        ],
    )
    def test_when_the_place_goes_to_the_next_family(self, side, said, leaves):
        assert leaves_to_others((Statement(side, said, NOW),)) is leaves
        assert leaves_to_others(())


FACTS = Facts(
    key="a", state=HandoffState.CONFIRMED, window_start=START, window_end=END, agreed=True, both_entered=True,
    ended_at=END, ended_by=None, reason=None, met_by=MetBy.CODE, met_at=END, finding=Finding(), came_up=frozenset(),
)  # fmt: skip


class TestWhatAMeetingIs:
    @pytest.mark.parametrize(
        ("changes", "outcome", "on_time"),
        [
            ({}, Outcome.COMPLETED, True),
            ({"met_at": END + ON_TIME_GRACE}, Outcome.COMPLETED, True),
            ({"met_at": END + ON_TIME_GRACE + MOMENT}, Outcome.COMPLETED, False),
            ({"met_by": MetBy.AMOUNT}, Outcome.COMPLETED, False),
            ({"both_entered": False}, Outcome.COMPLETED, True),
            ({"both_entered": False, "met_by": MetBy.AMOUNT}, None, False),
            ({"state": HandoffState.DECLINED}, None, False),
        ],
    )
    def test_a_meeting_that_was_held_counts_for_both_alike(self, changes, outcome, on_time):
        facts = replace(FACTS, **changes)
        for side in Side:
            found = entry_of(facts, side)
            assert (found and found.outcome, bool(found and found.on_time)) == (outcome, on_time)

    @pytest.mark.parametrize(
        ("before", "agreed", "met", "late"),
        [
            (LATE_BEFORE + MOMENT, True, False, False),
            (LATE_BEFORE, True, False, False),
            (LATE_BEFORE - MOMENT, True, False, True),
            (-HOUR, True, False, True),
            (HOUR, False, False, False),
            (HOUR, True, True, False),
        ],
    )
    def test_called_off_within_a_day_is_late_for_who_called_it_off_alone(self, before, agreed, met, late):
        facts = replace(
            FACTS, state=HandoffState.CANCELLED, agreed=agreed, ended_by=F, ended_at=START - before, met_by=None,
            met_at=NOW if met else None,
        )  # fmt: skip
        found = entry_of(facts, F)
        assert (found is not None and found.outcome is Outcome.LATE) is late
        assert entry_of(facts, D) is None

    def test_time_calls_nothing_off_late(self):
        assert entry_of(replace(FACTS, state=HandoffState.CANCELLED, met_at=None), F) is None

    @pytest.mark.parametrize("absent", [D, F, None])
    def test_a_missed_meeting_counts_for_who_did_not_come(self, absent):
        facts = replace(FACTS, state=HandoffState.MISSED, met_at=None, finding=Finding(absent=absent))
        for side in Side:
            found = entry_of(facts, side)
            assert (found is not None and found.outcome is Outcome.NO_SHOW) is (side is absent)

    def test_what_came_up_is_known_by_the_reason_alone(self):
        off = replace(FACTS, state=HandoffState.CANCELLED, ended_by=D, ended_at=START, met_at=None)
        assert entry_of(replace(off, reason=CancelReason.CAME_UP), D).came_up
        assert not entry_of(replace(off, reason=CancelReason.UNSAID), D).came_up
        missed = replace(FACTS, state=HandoffState.MISSED, finding=Finding(absent=F), came_up=frozenset({F}))
        assert entry_of(missed, F).came_up


def missed(key, days=0.0, *, came_up=False, excuse=None):
    return Entry(key, NOW - days * DAY, Outcome.NO_SHOW, came_up=came_up, excuse=excuse)


class TestExcuses:
    @pytest.mark.parametrize(("many", "counted"), [(1, 0), (2, 0), (3, 1), (5, 3)])
    def test_two_words_in_half_a_year_are_believed(self, many, counted):
        entries = [missed(str(n), days=n, came_up=True) for n in range(many)]
        assert tally(entries, now=NOW).no_shows == counted
        assert EXCUSED_BY_A_WORD == 2

    def test_half_a_year_later_two_more_are(self):
        old = [missed(f"old{n}", days=179, came_up=True) for n in range(2)]
        assert tally([*old, missed("new", came_up=True)], now=NOW).no_shows == 1
        older = [missed(f"old{n}", days=180, came_up=True) for n in range(2)]
        assert tally([*older, missed("new", came_up=True)], now=NOW).no_shows == 0

    def test_what_others_let_go_uses_up_no_word(self):
        entries = [missed(str(n), days=9 - n, came_up=True, excuse=Excuse.OTHER) for n in range(5)]
        assert tally([*entries, missed("z", came_up=True)], now=NOW) == Kept()

    def test_who_excused_it_stays_known(self):
        (one,) = with_excuses([missed("a", came_up=True, excuse=Excuse.MODERATOR)])
        assert one.excuse is Excuse.MODERATOR


class TestTheCounts:
    def test_they_are_shown_from_three_on(self):
        assert [Kept(completed=n).is_shown for n in range(5)] == [False, False, False, True, True]
        assert Kept(completed=1, late=1, no_shows=1).is_shown
        assert SHOWN_FROM == 3

    @pytest.mark.parametrize(("ago", "counts"), [(FADES_AFTER - MOMENT, 1), (FADES_AFTER, 0), (FADES_AFTER + DAY, 0)])
    def test_they_fade_at_180_days_exactly(self, ago, counts):
        for outcome in Outcome:
            assert tally([Entry("a", NOW - ago, outcome)], now=NOW).total == counts


ENTRIES = st.lists(
    st.builds(
        Entry,
        key=st.uuids().map(str),
        at=st.integers(0, 400).map(lambda days: NOW - days * DAY),
        outcome=st.sampled_from(Outcome),
        on_time=st.booleans(),
        came_up=st.booleans(),
        excuse=st.sampled_from([None, None, None, *Excuse]),
    ).map(
        lambda e: replace(
            e,
            on_time=e.on_time and e.outcome is Outcome.COMPLETED,
            came_up=e.came_up and e.outcome is not Outcome.COMPLETED,
            excuse=None if e.outcome is Outcome.COMPLETED else e.excuse,
        )
    ),
    max_size=12,
    unique_by=lambda entry: entry.key,
)


@given(ENTRIES, st.randoms(use_true_random=False), st.integers(0, 200))
def test_the_counts_hang_on_no_order_and_never_lie(entries, chance, days):
    now = NOW + days * DAY
    kept = tally(entries, now=now)
    shuffled = list(entries)
    chance.shuffle(shuffled)
    assert tally(shuffled, now=now) == kept
    assert min(kept.completed, kept.on_time, kept.late, kept.no_shows) >= 0
    assert kept.on_time <= kept.completed <= kept.total <= len(entries)
    assert kept.completed == sum(e.outcome is Outcome.COMPLETED and now - e.at < FADES_AFTER for e in entries)


@given(ENTRIES.filter(bool), st.data())
def test_an_excuse_never_does_harm(entries, data):
    number = data.draw(st.integers(0, len(entries) - 1))
    before = tally(entries, now=NOW)
    one = entries[number]
    if one.outcome is Outcome.COMPLETED:
        return
    for excuse in Excuse:
        excused = [*entries[:number], replace(one, excuse=excuse), *entries[number + 1 :]]
        after = tally(excused, now=NOW)
        assert after.late + after.no_shows <= before.late + before.no_shows
        assert after.completed == before.completed


@given(ENTRIES)
def test_after_half_a_year_of_nothing_nothing_is_left(entries):
    assert tally(entries, now=NOW + FADES_AFTER) == Kept()
