"""Points and reasons: what counts, how much, and what is told."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.matching.rules.fit import fit
from app.matching.rules.reasons import Kind, asks_on_card, reasons, tellable
from app.matching.rules.score import Ground
from app.matching.rules.sides import FactState, MilkFact, Strength, Supply, Wish, Wishes
from tests.matching.sides import MILK, NOW, OFFER, REQUEST, TODAY, apart, points


def told(offer=OFFER, request=REQUEST, meeting=None):
    meeting = meeting or apart(7)
    answers = fit(offer.milk, request.wishes, today=TODAY)
    return reasons(offer, request, meeting, answers, points(offer, request, meeting))


@pytest.mark.parametrize(
    ("ground", "offer", "request_side", "kilometres", "expected"),
    [
        (Ground.FIRST_MILK, {}, {}, 7, 25),
        (Ground.FIRST_MILK, {}, {"fed_before": True}, 7, 0),
        (Ground.NEED, {}, {"term_and_healthy": "no"}, 7, 15),
        (Ground.NEED, {}, {"baby_age_band": "0_3"}, 7, 9),
        (Ground.NEED, {}, {"baby_age_band": "6_12"}, 7, 4.5),
        (Ground.NEAR, {}, {}, 7, 15 * (1 - 7.5 / 65)),
        (Ground.NEAR, {"travel": 0}, {"travel": 0}, 0, 0),
        (Ground.NEAR, {"travel": 1}, {"travel": 1}, 2, 0),
        (Ground.NEXT_DAYS, {"volume": 3950}, {}, 7, 4),
        (Ground.NEXT_DAYS, {}, {"stock": 100_000}, 7, 8),
        (Ground.FREEZER_EMPTY, {}, {"stock": 0}, 7, 6),
        (Ground.FREEZER_EMPTY, {}, {"stock": 3000}, 7, 3),
        (Ground.FREEZER_EMPTY, {}, {"stock": 9000}, 7, 0),
        (Ground.MUSTS_STATED, {}, {}, 7, 6),
        (Ground.MUSTS_STATED, {}, {"wishes": Wishes((Wish("soy"),))}, 7, 0),
        (Ground.ONE_HANDOFF, {}, {}, 7, 5),
        (Ground.ONE_HANDOFF, {"volume": 50_000}, {}, 7, 0),
        (Ground.WAITED, {}, {"published_at": NOW - timedelta(days=7)}, 7, 1.5),
        (Ground.WAITED, {}, {"published_at": NOW - timedelta(days=99)}, 7, 3),
        (Ground.WAITED, {}, {"published_at": None}, 7, 0),
        (Ground.USE_SOON, {"milk": replace(MILK, pumped_to=TODAY - timedelta(days=350))}, {}, 7, 1.5),
        (Ground.USE_SOON, {"milk": replace(MILK, pumped_to=None)}, {}, 7, 0),
        (Ground.WEEKLY, {"supply": Supply.WEEKLY}, {}, 7, 2),
        (Ground.WEEKLY, {"supply": Supply.WEEKLY}, {"days": 13}, 7, 0),
        (Ground.LIKE_AGE, {"baby_age_months": 6}, {}, 7, 2),
        (Ground.LIKE_AGE, {"baby_age_months": 10}, {}, 7, 2),
        (Ground.LIKE_AGE, {"baby_age_months": 11}, {}, 7, 0),
        (Ground.LIKE_AGE, {"baby_age_months": 4, "posted_on": TODAY - timedelta(days=40)}, {}, 7, 2),
        (Ground.LIKE_AGE, {"baby_age_months": 3, "posted_on": TODAY}, {}, 7, 0),
        (Ground.LIKE_AGE, {"baby_age_months": 2, "posted_on": TODAY}, {"baby_age_band": "0_3"}, 7, 2),
        (Ground.LIKE_AGE, {}, {}, 7, 0),
    ],
)
def test_each_ground_gives_its_points(ground, offer, request_side, kilometres, expected) -> None:
    given_points = points(replace(OFFER, **offer), replace(REQUEST, **request_side), apart(kilometres))
    assert given_points.of(ground) == pytest.approx(expected)


@given(st.floats(5, 9.99), st.floats(5, 9.99))
def test_inside_a_band_distance_changes_nothing(one, other) -> None:
    assert points(meeting=apart(one)) == points(meeting=apart(other))
    assert told(meeting=apart(one)) == told(meeting=apart(other))


@given(st.integers(1, 100_000), st.integers(1, 3000), st.integers(1, 366), st.integers(0, 50_000), st.floats(0, 700))
def test_points_lie_between_nothing_and_a_hundred(volume, need, days, stock, kilometres) -> None:
    pair = replace(OFFER, volume=volume), replace(REQUEST, need_per_day=need, days=days, stock=stock)
    assert 0 <= points(*pair, apart(kilometres)).total <= 100


def test_reasons_are_at_most_four_and_the_biggest_stands_first() -> None:
    found = told()
    assert [reason.kind for reason in found] == [Kind.FIRST_MILK, Kind.DISTANCE, Kind.ONE_HANDOFF, Kind.DIET]
    assert [reason.points for reason in found] == sorted((reason.points for reason in found), reverse=True)


def test_a_reason_that_gave_no_points_is_not_told() -> None:
    found = told(request=replace(REQUEST, fed_before=True, wishes=Wishes()))
    assert {reason.kind for reason in found} == {Kind.DISTANCE, Kind.ONE_HANDOFF}


def test_need_is_a_reason_only_when_the_family_shared_it() -> None:
    ill = replace(REQUEST, term_and_healthy="no", stock=0)
    assert not {Kind.NEED, Kind.FREEZER_EMPTY} & {reason.kind for reason in told(request=ill)}
    assert Kind.NEED in {reason.kind for reason in told(request=replace(ill, shares_need=True))}


@pytest.mark.parametrize(
    ("offer", "kind"),
    [
        ({"supply": Supply.WEEKLY}, Kind.WEEKLY),
        ({"volume": 3000}, Kind.ONE_HANDOFF),
        ({"volume": 60_000}, Kind.VOLUME),
    ],
)
def test_the_amount_is_told_once_in_the_way_that_fits(offer, kind) -> None:
    amounts = {Kind.WEEKLY, Kind.ONE_HANDOFF, Kind.VOLUME}
    assert [reason.kind for reason in told(replace(OFFER, **offer)) if reason.kind in amounts] == [kind]


@pytest.mark.parametrize("attribute", ["medicines", "alcohol", "nicotine", "cannabis", "herbal"])
def test_nothing_about_medicines_or_substances_is_a_reason_or_an_ask_on_a_card(attribute) -> None:
    stated = replace(MILK, stated={attribute: MilkFact(FactState.AVOIDS)})
    asking = replace(REQUEST, wishes=Wishes((Wish(attribute),)), fed_before=True)
    met = fit(stated, asking.wishes, today=TODAY)
    unknown = fit(replace(MILK, stated={}), asking.wishes, today=TODAY)
    assert met.meets
    assert unknown.asks
    assert tellable(met.meets) == ()
    assert asks_on_card(unknown) == ()
    assert Kind.DIET not in {reason.kind for reason in told(replace(OFFER, milk=stated), asking)}


def test_a_met_prefer_is_not_told_as_a_must() -> None:
    asking = replace(REQUEST, wishes=Wishes((Wish("dairy", Strength.PREFER, 14),)))
    assert Kind.DIET not in {reason.kind for reason in told(request=asking)}
