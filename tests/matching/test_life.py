"""The line at an offer: rounds, fixed places, caps, and silence."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Conflict, LimitReached
from app.matching.rules.life import (
    InterestState,
    Waiting,
    has_lapsed,
    line,
    reopen,
    room_for_first_contact,
    room_for_invitation,
    room_for_yes,
    round_ends,
    round_of,
)
from app.matching.rules.weights import DEFAULT, RoundRules

RULES = DEFAULT.rounds
SIX = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


def waiting(*said: tuple[float, int]) -> list[Waiting]:
    return [Waiting(number, SIX + timedelta(hours=hours), points) for number, (hours, points) in enumerate(said)]


def order(*said: tuple[float, int]) -> list[int]:
    return [one.interest_id for one in line(waiting(*said), rules=RULES)]


def test_in_one_round_the_better_fit_stands_first() -> None:
    assert order((0, 4000), (5.9, 6000)) == [1, 0]


def test_the_next_round_stands_behind_however_well_it_fits() -> None:
    assert order((5.9, 100), (6, 9999)) == [0, 1]


def test_equal_points_go_by_who_came_first() -> None:
    assert order((2, 50), (1, 50), (1, 50)) == [1, 2, 0]


def test_a_round_is_six_hours_of_utc() -> None:
    assert round_of(SIX, rules=RULES) + 1 == round_of(SIX + timedelta(hours=6), rules=RULES)
    ends = SIX + timedelta(hours=6)
    assert round_ends(SIX, rules=RULES) == ends
    assert round_ends(SIX + timedelta(hours=5, minutes=59), rules=RULES) == ends


# Whole minutes: a moment holds microseconds, so a float a hair below the end of a round would slip into the next.
HOURS = st.integers(0, 48 * 60).map(lambda minutes: minutes / 60)
SAID = st.lists(st.tuples(HOURS, st.integers(0, 10_000)), max_size=12)


@given(SAID, st.tuples(HOURS, st.integers(0, 10_000)))
def test_nobody_from_an_ended_round_moves_back_when_another_family_comes(said, late) -> None:
    newest = max((hours for hours, _ in said), default=0)
    came = newest - newest % 6 + 6 + late[0]
    before = order(*said)
    assert order(*said, (came, late[1]))[: len(before)] == before


@given(SAID, st.randoms())
def test_the_line_is_the_same_whatever_the_order_it_is_read_in(said, chance) -> None:
    shuffled = waiting(*said)
    chance.shuffle(shuffled)
    assert line(shuffled, rules=RULES) == line(waiting(*said), rules=RULES)


@pytest.mark.parametrize(("at_offer", "of_family", "code"), [(10, 0, "offer_full"), (0, 8, "family_full")])
def test_a_full_line_or_a_full_family_is_told(at_offer, of_family, code) -> None:
    with pytest.raises(LimitReached) as refused:
        room_for_yes(at_offer=at_offer, of_family=of_family, rules=RULES)
    assert refused.value.code == code


def test_the_last_free_place_can_be_taken() -> None:
    room_for_yes(at_offer=9, of_family=7, rules=RULES)
    room_for_invitation(at_offer=2, rules=RULES)
    room_for_first_contact(trust=0, today=2)
    room_for_first_contact(trust=1, today=99)


def test_invitations_and_newcomers_have_their_caps() -> None:
    with pytest.raises(LimitReached):
        room_for_invitation(at_offer=3, rules=RULES)
    with pytest.raises(LimitReached):
        room_for_first_contact(trust=0, today=3)


@pytest.mark.parametrize("state", [InterestState.WITHDRAWN, InterestState.CLOSED])
def test_what_was_taken_back_or_ended_may_be_said_again(state) -> None:
    reopen(state)


@pytest.mark.parametrize("state", [InterestState.DECLINED, InterestState.LAPSED, InterestState.ACCEPTED])
def test_an_answered_pair_is_spent(state) -> None:
    with pytest.raises(Conflict):
        reopen(state)


@pytest.mark.parametrize(
    ("hours", "answered", "lapsed"), [(96, None, True), (95.9, None, False), (120, 30, False), (126, 30, True)]
)
def test_silence_is_counted_from_the_last_answer(hours, answered, lapsed) -> None:
    last = None if answered is None else SIX + timedelta(hours=answered)
    assert has_lapsed(came=SIX, last_answer=last, now=SIX + timedelta(hours=hours), rules=RULES) == lapsed


def test_the_caps_and_hours_are_those_of_the_site() -> None:
    small = RoundRules(families_at_offer=2, offers_on_page=1, invitations_of_offer=1)
    with pytest.raises(LimitReached):
        room_for_yes(at_offer=2, of_family=0, rules=small)
    with pytest.raises(LimitReached):
        room_for_yes(at_offer=0, of_family=1, rules=small)
    with pytest.raises(LimitReached):
        room_for_invitation(at_offer=1, rules=small)
    quick = RoundRules(every=timedelta(hours=1), silence=timedelta(hours=2))
    assert round_ends(SIX, rules=quick) == SIX + timedelta(hours=1)
    assert [one.interest_id for one in line(waiting((0, 1), (1, 99)), rules=quick)] == [0, 1]
    assert has_lapsed(came=SIX, last_answer=None, now=SIX + timedelta(hours=2), rules=quick)
