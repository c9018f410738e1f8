"""The rulebook of who may be proposed to whom."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.matching.rules.feasible import CHOSEN_BY_PEOPLE, Refusal, movable, use_by, within_reach
from app.matching.rules.sides import FactState, MilkFact, Supply, Wish, Wishes
from tests.matching.sides import MILK, OFFER, REQUEST, TODAY, aged, apart, verdict

UNSAID = Wishes((Wish("soy"),), accepts_asks=False)


def test_a_pair_with_nothing_against_it_may_be_proposed() -> None:
    assert verdict().feasible
    assert verdict().against_people == ()


@pytest.mark.parametrize(
    ("offer", "request_side", "meeting", "refusal"),
    [
        pytest.param({"author_id": 2}, {}, apart(7), Refusal.OWN_POST, id="one's own post"),
        pytest.param({}, {}, apart(7, blocked=True), Refusal.BLOCKED, id="blocked"),
        pytest.param({"live": False}, {}, apart(7), Refusal.NOT_LIVE, id="paused offer"),
        pytest.param({}, {"live": False}, apart(7), Refusal.NOT_LIVE, id="paused request"),
        pytest.param({}, {}, apart(7, spent=True), Refusal.SPENT, id="declined before"),
        pytest.param({}, {}, apart(65.001), Refusal.OUT_OF_REACH, id="a metre beyond both radii"),
        pytest.param({"volume": 294}, {}, apart(7), Refusal.TOO_LITTLE, id="less than 295 ml offered"),
        pytest.param(
            {}, {"need_per_day": 294, "days": 1, "stock": 0}, apart(7), Refusal.TOO_LITTLE, id="little needed"
        ),
        pytest.param(
            {"smallest_handoff": 3001}, {}, apart(7), Refusal.BELOW_SMALLEST_HANDOFF, id="not worth her drive"
        ),
        pytest.param({"milk": aged(363)}, {}, apart(7), Refusal.PAST_USE_BY, id="too old"),
        pytest.param(
            {"milk": replace(MILK, stated={"dairy": MilkFact(FactState.USES)})},
            {},
            apart(7),
            Refusal.CONFLICT,
            id="against a must",
        ),
        pytest.param({}, {"wishes": UNSAID}, apart(7), Refusal.ASKS_NOT_ACCEPTED, id="does not want to ask"),
        pytest.param(
            {}, {"wishes": Wishes(immediate_allergy=True)}, apart(7), Refusal.IMMEDIATE_ALLERGY, id="immediate allergy"
        ),
    ],
)
def test_each_refusal_names_its_reason(offer, request_side, meeting, refusal) -> None:
    found = verdict(replace(OFFER, **offer), replace(REQUEST, **request_side), meeting)
    assert found.refusals == (refusal,)
    assert not found.feasible
    assert found.against_people == (() if refusal in CHOSEN_BY_PEOPLE else (refusal,))
    assert found.only_distance == (refusal is Refusal.OUT_OF_REACH)
    assert found.only_diet == (refusal is Refusal.CONFLICT)


@pytest.mark.parametrize(
    ("offer", "request_side", "meeting"),
    [
        pytest.param({}, {}, apart(65), id="both radii together, the limit included"),
        pytest.param({"travel": 0}, {"travel": 0}, apart(0), id="nobody travels, same area"),
        pytest.param({"volume": 295}, {}, apart(7), id="295 ml is enough"),
        pytest.param({"volume": 60, "after_loss": True}, {}, apart(7), id="after a loss there is no minimum"),
        pytest.param({"smallest_handoff": 3000}, {}, apart(7), id="exactly her smallest handoff"),
        pytest.param({"milk": aged(362)}, {}, apart(7), id="last days of its year"),
        pytest.param({"milk": replace(MILK, pumped_to=None)}, {}, apart(7), id="pumping not over"),
        pytest.param({"supply": Supply.WEEKLY, "volume": 80}, {}, apart(7), id="weekly milk adds up over the weeks"),
        pytest.param({}, {"wishes": Wishes((Wish("soy"),))}, apart(7), id="an unknown, and the family asks"),
    ],
)
def test_what_stands_beside_the_limit_is_feasible(offer, request_side, meeting) -> None:
    assert verdict(replace(OFFER, **offer), replace(REQUEST, **request_side), meeting).feasible


@pytest.mark.parametrize(
    ("storage", "days"),
    [("deep_freezer", 365), ("freezer", 365), ("freezer_unknown", 183), ("fridge", 4), ("fresh", None)],
)
def test_milk_has_a_last_day_by_how_it_is_kept(storage, days) -> None:
    expected = None if days is None else MILK.pumped_to + timedelta(days=days)
    assert use_by(replace(MILK, storage=storage)) == expected


def test_weekly_milk_in_a_fridge_is_pumped_anew_and_never_past_its_day() -> None:
    old = replace(MILK, storage="fridge", pumped_to=TODAY - timedelta(days=90))
    assert verdict(replace(OFFER, milk=old, supply=Supply.WEEKLY)).feasible
    assert verdict(replace(OFFER, milk=old)).refusals == (Refusal.PAST_USE_BY,)


def test_no_more_moves_than_is_needed_or_there() -> None:
    assert movable(OFFER, REQUEST) == 3000
    assert movable(OFFER, replace(REQUEST, days=1, stock=100)) == 500
    assert movable(OFFER, replace(REQUEST, days=1, stock=10_000)) == 0
    assert movable(replace(OFFER, supply=Supply.WEEKLY, volume=700), replace(REQUEST, days=15)) == 2100


@given(st.floats(0, 700), st.floats(0, 600), st.floats(0, 600))
def test_reach_is_the_same_from_both_sides(length, one, other) -> None:
    assert within_reach(length, one, other) == within_reach(length, other, one)


@given(st.floats(0, 700), st.floats(0, 600), st.floats(0, 600), st.floats(0, 100))
def test_travelling_further_never_loses_anybody(length, one, other, more) -> None:
    if within_reach(length, one, other):
        assert within_reach(length, one + more, other)
