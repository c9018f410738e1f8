"""The rules against a naive reading of the rulebook, on made-up pairs over the whole catalogue."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching.rules.feasible import judge, may_be_proposed, within_reach
from app.matching.rules.fit import Answer, explain, fit
from app.matching.rules.reasons import MOST_REASONS, TELLABLE, Kind, Reason, asks_on_card, reasons
from app.matching.rules.score import Ground, Points, score
from app.matching.rules.sides import FactState, MilkFact, Wishes
from app.posts.rules import SOUGHT
from tests.matching.generated import NOW, PAIRS, STATED, TODAY, Generated, pairs
from tests.matching.naive import holds, proposable

pytestmark = pytest.mark.slow

MANY = settings(max_examples=400, deadline=None)
ORDER = [Answer.CONFLICTS, Answer.ASK, Answer.MEETS]
NAMES = {True: Answer.MEETS, None: Answer.ASK, False: Answer.CONFLICTS}


def judged(one: Generated):
    answers = fit(one.offer.milk, one.request.wishes, today=TODAY)
    return judge(one.offer, one.request, one.meeting, answers, today=TODAY)


def scored(one: Generated) -> tuple[Points, tuple[Reason, ...]]:
    answers = fit(one.offer.milk, one.request.wishes, today=TODAY)
    points = score(one.offer, one.request, one.meeting, answers, now=NOW)
    return points, reasons(one.offer, one.request, one.meeting, answers, points)


@MANY
@given(one=PAIRS)
def test_the_site_proposes_exactly_what_the_plain_rulebook_allows(one) -> None:
    against = one.meeting.blocked or one.meeting.spent
    plain = proposable(one.offer, one.request, one.meeting.length, today=TODAY, against=against)
    assert judged(one).feasible == plain


@MANY
@given(one=PAIRS)
def test_each_wish_has_the_answer_of_the_plain_rulebook(one) -> None:
    for wish in one.request.wishes.asked:
        assert explain(one.offer.milk, wish, today=TODAY).answer == NAMES[holds(one.offer.milk, wish, TODAY)]
    answers = fit(one.offer.milk, one.request.wishes, today=TODAY)
    assert len((*answers.meets, *answers.asks, *answers.conflicts)) == len(one.request.wishes.asked)


def test_many_made_up_pairs_meet_the_plain_rulebook_and_reach_every_answer() -> None:
    seen, feasible = set(), 0
    for one in islice(pairs(20261121), 20_000):
        against = one.meeting.blocked or one.meeting.spent
        verdict = judged(one)
        assert verdict.feasible == proposable(
            one.offer, one.request, one.meeting.length, today=TODAY, against=against
        ), one
        feasible += verdict.feasible
        for wish in one.request.wishes.asked:
            found = explain(one.offer.milk, wish, today=TODAY)
            assert found.answer == NAMES[holds(one.offer.milk, wish, TODAY)], (one.offer.milk, wish)
            seen.add((wish.attribute, found.answer))
    assert seen == {(each.key, answer) for each in SOUGHT for answer in Answer}
    assert feasible > 500


@MANY
@given(one=PAIRS, later=st.integers(1, 400))
def test_a_later_beginning_of_leaving_something_out_never_improves_an_answer(one, later) -> None:
    milk = one.offer.milk
    for key, fact in milk.stated.items():
        if fact.state is not FactState.AVOIDS or fact.since is None:
            continue
        moved = replace(milk, stated={**milk.stated, key: replace(fact, since=fact.since + timedelta(days=later))})
        for wish in one.request.wishes.asked:
            before, after = (explain(each, wish, today=TODAY).answer for each in (milk, moved))
            assert ORDER.index(after) <= ORDER.index(before)


@MANY
@given(one=PAIRS, state=st.sampled_from(FactState), since=st.none() | st.dates(date(2025, 1, 1), TODAY))
def test_a_fact_nobody_asked_for_changes_nothing(one, state, since) -> None:
    asked = {wish.attribute for wish in one.request.wishes.asked}
    unasked = [each.key for each in STATED if each.key not in asked]
    stated = {**one.offer.milk.stated, **{key: MilkFact(state, since) for key in unasked}}
    other = replace(one, offer=replace(one.offer, milk=replace(one.offer.milk, stated=stated)))
    assert judged(other) == judged(one)
    assert scored(other) == scored(one)


@MANY
@given(one=PAIRS)
def test_one_wish_more_never_makes_a_pair_feasible(one) -> None:
    wishes = one.request.wishes
    fewer = replace(one, request=replace(one.request, wishes=replace(wishes, asked=wishes.asked[:-1])))
    assert judged(fewer).feasible or not judged(one).feasible


@MANY
@given(one=PAIRS)
def test_who_does_not_accept_asking_never_gains_by_it(one) -> None:
    strict = replace(one.request, wishes=replace(one.request.wishes, accepts_asks=False))
    willing = replace(one.request, wishes=replace(one.request.wishes, accepts_asks=True))
    if judged(replace(one, request=strict)).feasible:
        assert judged(replace(one, request=willing)).feasible


@given(
    length=st.floats(0, 20_000),
    one=st.floats(0, 1000),
    other=st.floats(0, 1000),
)
def test_reach_is_the_same_from_both_sides_and_its_limit_is_inside(length, one, other) -> None:
    assert within_reach(length, one, other) == within_reach(length, other, one)
    assert within_reach(one + other, one, other)


@MANY
@given(one=PAIRS)
def test_reasons_are_few_ordered_and_agree_with_the_points(one) -> None:
    points, told = scored(one)
    assert 0 <= points.total <= 100
    assert len(told) <= MOST_REASONS
    assert [reason.points for reason in told] == sorted((reason.points for reason in told), reverse=True)
    assert len({reason.kind for reason in told}) == len(told)
    volume = points.of(Ground.NEXT_DAYS) + points.of(Ground.ONE_HANDOFF) + points.of(Ground.WEEKLY)
    distance = points.of(Ground.NEAR) + points.of(Ground.SHORT_TRIP)
    grounds = {
        Kind.DISTANCE: distance, Kind.VOLUME: volume, Kind.ONE_HANDOFF: volume, Kind.WEEKLY: volume,
        Kind.DIET: max(points.of(Ground.MUSTS_STATED), 0.5),
    }  # fmt: skip
    for reason in told:
        given_points = grounds[reason.kind] if reason.kind in grounds else points.of(Ground(reason.kind.value))
        assert 0.5 <= reason.points <= given_points


@MANY
@given(one=PAIRS)
def test_no_reason_and_no_ask_of_a_card_names_what_a_card_may_not(one) -> None:
    _, told = scored(one)
    assert {reason.explained.wish.attribute for reason in told if reason.explained} <= TELLABLE
    answers = fit(one.offer.milk, one.request.wishes, today=TODAY)
    assert {item.wish.attribute for item in asks_on_card(answers)} <= TELLABLE
    shown = {reason.kind for reason in told}
    assert one.request.shares_need or not shown & {Kind.NEED, Kind.FREEZER_EMPTY}


@MANY
@given(one=PAIRS, state=st.sampled_from(FactState))
def test_what_is_said_of_a_medicine_moves_no_reason(one, state) -> None:
    """Only the points may differ, and nobody sees those."""
    stated = {**one.offer.milk.stated, "medicines": MilkFact(state)}
    other = replace(one, offer=replace(one.offer, milk=replace(one.offer.milk, stated=stated)))
    assert [(reason.kind, reason.explained) for reason in scored(other)[1]] == [
        (reason.kind, reason.explained) for reason in scored(one)[1]
    ]


@MANY
@given(one=PAIRS)
def test_a_fact_explains_itself_by_the_words_and_dates_that_made_it_so(one) -> None:
    milk = one.offer.milk
    for wish in one.request.wishes.asked:
        found = explain(milk, wish, today=TODAY)
        fact = milk.stated.get(wish.attribute)
        if found.days is not None:
            assert (found.since, found.days) == (fact.since, (milk.pumped_from - fact.since).days)
        if found.level is not None:
            assert found.level == fact.level
        if found.usable_from is not None:
            assert found.answer is Answer.ASK
            later = replace(milk, pumped_from=found.usable_from)
            assert explain(later, wish, today=TODAY).answer is Answer.MEETS


@pytest.mark.parametrize(
    ("term", "allergy", "expected"),
    [("yes", False, True), ("unsaid", False, True), ("no", False, False), ("yes", True, False), ("no", True, False)],
)
def test_a_round_proposes_nothing_to_a_frail_baby_or_after_an_immediate_allergy(term, allergy, expected) -> None:
    request = replace(next(pairs(1)).request, term_and_healthy=term, wishes=Wishes(immediate_allergy=allergy))
    assert may_be_proposed(request) is expected
