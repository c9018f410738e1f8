"""The life of a post as a table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Conflict
from app.posts.rules import (
    CHANGES,
    EDITABLE,
    FINDABLE,
    STATE_WORDS,
    PostState,
    may_withdraw,
    needs_review,
    state_after_edit,
)

S = PostState
STATES = st.sampled_from(list(PostState))
FINAL = {S.FULFILLED, S.WITHDRAWN, S.DECLINED}


@pytest.mark.parametrize(
    ("current", "wanted", "allowed"),
    [
        (S.DRAFT, S.LIVE, True), (S.DRAFT, S.IN_REVIEW, True), (S.DRAFT, S.PAUSED, False),
        (S.IN_REVIEW, S.LIVE, True), (S.IN_REVIEW, S.EDIT_ASKED, True), (S.IN_REVIEW, S.DECLINED, True),
        (S.IN_REVIEW, S.PAUSED, False), (S.EDIT_ASKED, S.IN_REVIEW, True), (S.EDIT_ASKED, S.LIVE, False),
        (S.LIVE, S.PAUSED, True), (S.LIVE, S.MATCHED, True), (S.LIVE, S.DRAFT, False), (S.PAUSED, S.LIVE, True),
        (S.MATCHED, S.LIVE, True), (S.MATCHED, S.PAUSED, True), (S.MATCHED, S.FULFILLED, True),
        (S.MATCHED, S.EXPIRED, False),
        (S.EXPIRED, S.LIVE, True), (S.EXPIRED, S.PAUSED, False), (S.WITHDRAWN, S.LIVE, False),
        (S.DECLINED, S.LIVE, False), (S.FULFILLED, S.LIVE, False),
    ],
)  # fmt: skip
def test_what_may_follow_what(current, wanted, allowed):
    assert CHANGES.allows(current, wanted) is allowed


@given(STATES)
def test_every_state_is_final_or_can_be_withdrawn(state):
    assert CHANGES.is_final(state) is (state in FINAL)
    assert may_withdraw(state) is (state not in FINAL)


@given(STATES)
def test_every_state_can_be_reached_from_a_draft_by_allowed_steps(wanted):
    reached = {S.DRAFT}
    while grown := {after for state in reached for after in S if CHANGES.allows(state, after)} - reached:
        reached |= grown
    assert wanted in reached


@given(STATES)
def test_a_post_never_goes_back_to_being_a_draft(state):
    assert not CHANGES.allows(state, S.DRAFT)


@given(STATES, st.integers(0, 2), st.booleans())
def test_an_edit_leads_only_where_the_table_allows(state, trust, words_changed):
    if state not in EDITABLE:
        with pytest.raises(Conflict):
            state_after_edit(state, trust=trust, note="Flat bags.", words_changed=words_changed)
        return
    after = state_after_edit(state, trust=trust, note="Flat bags.", words_changed=words_changed)
    assert after is state or CHANGES.allows(state, after)


@pytest.mark.parametrize(
    ("state", "trust", "words_changed", "after"),
    [
        (S.LIVE, 0, True, S.IN_REVIEW), (S.LIVE, 0, False, S.LIVE), (S.LIVE, 1, True, S.LIVE),
        (S.PAUSED, 0, True, S.IN_REVIEW), (S.PAUSED, 2, True, S.PAUSED), (S.EDIT_ASKED, 2, False, S.IN_REVIEW),
        (S.IN_REVIEW, 0, True, S.IN_REVIEW), (S.DRAFT, 0, True, S.DRAFT),
    ],
)  # fmt: skip
def test_where_an_edit_leads(state, trust, words_changed, after):
    assert state_after_edit(state, trust=trust, note="Flat bags.", words_changed=words_changed) is after


@pytest.mark.parametrize(("trust", "reviewed"), [(0, True), (1, False), (2, False)])
def test_only_a_newcomer_s_posts_wait_for_a_moderator(trust, reviewed):
    assert needs_review(trust, "Flat bags of five ounces.") is reviewed


@pytest.mark.parametrize(
    ("note", "reviewed"),
    [
        ("$1 an oz just to cover bags", True),
        ("Call me at (916) 555-0142", True),
        ("Write to dana@example.org", True),
        ("Prenatal vitamin only, one coffee a day. Pickup in the evening, please bring a big cooler.", False),
        ("Would be glad of replacement bags but not needed.", False),
        ("Happy to hand two bags for a trial first.", False),
        ("60 flat bags of 5 oz, no dairy or soy since 12 March and everything is later than that.", False),
    ],
)
def test_words_that_ask_for_money_or_hold_an_address_wait_whoever_wrote_them(note, reviewed):
    assert needs_review(2, note) is reviewed
    after = S.IN_REVIEW if reviewed else S.LIVE
    assert state_after_edit(S.LIVE, trust=2, note=note, words_changed=True) is after


def test_every_state_has_words_and_what_others_met_can_end():
    assert set(STATE_WORDS) == set(PostState)
    assert all(may_withdraw(state) for state in FINDABLE)
