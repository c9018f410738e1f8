"""The rulebook of fit: what a donor states against what a family asks, date by date."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.matching.rules.fit import Answer, Why, explain, fit
from app.matching.rules.sides import FactState, MilkFact, MilkFacts, Strength, Wish, Wishes

TODAY = date(2026, 11, 21)
JULY, OCTOBER = date(2026, 7, 1), date(2026, 10, 1)
AVOIDS, USES, UNKNOWN = FactState.AVOIDS, FactState.USES, FactState.UNKNOWN


def milk(attribute="dairy", state=AVOIDS, since=None, level=None, *, first=JULY, last=OCTOBER, **more) -> MilkFacts:
    return MilkFacts({attribute: MilkFact(state, since, level)}, first, last, **more)


def answer(facts: MilkFacts, wish: Wish) -> tuple[Answer, Why]:
    found = explain(facts, wish, today=TODAY)
    return found.answer, found.why


@pytest.mark.parametrize(
    ("days_before", "asked", "expected"),
    [
        pytest.param(14, 14, (Answer.MEETS, Why.AVOIDED_LONG_ENOUGH), id="exactly as long as asked is enough"),
        pytest.param(13, 14, (Answer.ASK, Why.AVOIDED_FEWER_DAYS), id="a day too few is something to ask"),
        pytest.param(200, 21, (Answer.MEETS, Why.AVOIDED_LONG_ENOUGH), id="much longer"),
        pytest.param(0, None, (Answer.MEETS, Why.AVOIDED_LONG_ENOUGH), id="no days asked, left out on the first day"),
        pytest.param(0, 0, (Answer.MEETS, Why.AVOIDED_LONG_ENOUGH), id="zero days asked"),
        pytest.param(-1, 0, (Answer.ASK, Why.PARTLY_PUMPED_BEFORE), id="begun a day after the first pumping"),
        pytest.param(-50, 14, (Answer.ASK, Why.PARTLY_PUMPED_BEFORE), id="begun in the middle of the pumping"),
        pytest.param(-92, 14, (Answer.ASK, Why.PARTLY_PUMPED_BEFORE), id="begun on the last day of pumping"),
        pytest.param(-93, 0, (Answer.CONFLICTS, Why.PUMPED_BEFORE), id="all of it pumped before"),
    ],
)
def test_a_food_left_out_is_counted_in_days_before_pumping(days_before, asked, expected) -> None:
    stated = milk(since=JULY - timedelta(days=days_before))
    assert answer(stated, Wish("dairy", Strength.MUST, asked)) == expected


def test_of_milk_that_straddles_the_start_only_the_later_part_counts() -> None:
    begun = date(2026, 8, 1)
    part = explain(milk(since=begun), Wish("dairy", avoid_days=14), today=TODAY)
    none = explain(milk(since=begun), Wish("dairy", avoid_days=90), today=TODAY)
    assert part.usable_from == date(2026, 8, 15)
    assert none.usable_from is None


@pytest.mark.parametrize(
    ("facts", "wish", "expected"),
    [
        pytest.param(MilkFacts(), Wish("dairy"), (Answer.ASK, Why.NOT_SAID), id="nothing said"),
        pytest.param(milk(state=UNKNOWN), Wish("dairy"), (Answer.ASK, Why.NOT_SAID), id="said that it is unknown"),
        pytest.param(milk(state=USES), Wish("dairy"), (Answer.CONFLICTS, Why.USES), id="eats it"),
        pytest.param(milk("soy", AVOIDS), Wish("dairy"), (Answer.ASK, Why.NOT_SAID), id="another food says nothing"),
        pytest.param(milk(), Wish("dairy"), (Answer.ASK, Why.AVOIDS_WITHOUT_DATE), id="a food without a date"),
        pytest.param(
            milk(since=JULY, first=None), Wish("dairy"), (Answer.ASK, Why.PUMPING_DATE_UNSAID), id="pumped, but when?"
        ),
        pytest.param(
            milk(since=JULY, first=None, last=None), Wish("dairy"), (Answer.ASK, Why.PUMPING_DATE_UNSAID), id="no dates"
        ),
        pytest.param(
            milk(since=OCTOBER + timedelta(days=1), first=None),
            Wish("dairy"),
            (Answer.CONFLICTS, Why.PUMPED_BEFORE),
            id="the last pumping is enough to know",
        ),
        pytest.param(
            milk("nicotine"), Wish("nicotine"), (Answer.MEETS, Why.AVOIDS_ALWAYS), id="a non-smoker needs no date"
        ),
        pytest.param(milk("medicines"), Wish("medicines"), (Answer.MEETS, Why.AVOIDS_ALWAYS), id="takes no medicine"),
        pytest.param(milk("medicines", USES), Wish("medicines"), (Answer.CONFLICTS, Why.USES), id="takes a medicine"),
        pytest.param(
            milk("alcohol"),
            Wish("alcohol", avoid_days=7),
            (Answer.ASK, Why.AVOIDS_WITHOUT_DATE),
            id="days were asked, so a date is needed",
        ),
        pytest.param(milk("halal"), Wish("halal"), (Answer.MEETS, Why.AVOIDS_ALWAYS), id="keeps halal"),
        pytest.param(milk("vegan", USES), Wish("vegan"), (Answer.CONFLICTS, Why.USES), id="does not keep vegan"),
        pytest.param(
            milk("moonlight", USES),
            Wish("moonlight", level="much"),
            (Answer.CONFLICTS, Why.USES),
            id="unknown attribute",
        ),
    ],
)
def test_what_is_stated_decides_and_nothing_is_guessed(facts, wish, expected) -> None:
    assert answer(facts, wish) == expected


@pytest.mark.parametrize(
    ("stated", "asked", "expected"),
    [
        ("to_100", "to_200", (Answer.MEETS, Why.WITHIN_LEVEL)),
        ("to_200", "to_200", (Answer.MEETS, Why.WITHIN_LEVEL)),
        ("to_300", "to_200", (Answer.CONFLICTS, Why.ABOVE_LEVEL)),
        ("over_300", "to_300", (Answer.CONFLICTS, Why.ABOVE_LEVEL)),
        (None, "to_200", (Answer.ASK, Why.LEVEL_NOT_SAID)),
        ("to_100", None, (Answer.CONFLICTS, Why.USES)),
        ("to_100", "nonsense", (Answer.CONFLICTS, Why.USES)),
        ("nonsense", "to_100", (Answer.ASK, Why.LEVEL_NOT_SAID)),
    ],
)
def test_caffeine_is_compared_band_by_band(stated, asked, expected) -> None:
    assert answer(milk("caffeine", USES, level=stated), Wish("caffeine", level=asked)) == expected


@pytest.mark.parametrize(
    ("stated", "asked", "expected"),
    [
        ("wait_12", "wait_12", (Answer.MEETS, Why.WITHIN_LEVEL)),
        ("wait_24", "wait_12", (Answer.MEETS, Why.WITHIN_LEVEL)),
        ("wait_8", "wait_12", (Answer.CONFLICTS, Why.ABOVE_LEVEL)),
        ("waits", "wait_3", (Answer.CONFLICTS, Why.ABOVE_LEVEL)),
        ("waits", "waits", (Answer.MEETS, Why.WITHIN_LEVEL)),
        ("drinks", "waits", (Answer.CONFLICTS, Why.ABOVE_LEVEL)),
        (None, "waits", (Answer.ASK, Why.LEVEL_NOT_SAID)),
        ("wait_24", None, (Answer.CONFLICTS, Why.USES)),
    ],
)
def test_hours_between_a_drink_and_pumping_are_compared_with_those_asked(stated, asked, expected) -> None:
    assert answer(milk("alcohol", USES, level=stated), Wish("alcohol", level=asked)) == expected


@pytest.mark.parametrize(
    ("state", "level", "expected"),
    [
        (AVOIDS, "ask", (Answer.MEETS, Why.AVOIDS_ALWAYS)),
        (USES, "ask", (Answer.ASK, Why.USES_TO_ASK)),
        (UNKNOWN, "ask", (Answer.ASK, Why.NOT_SAID)),
        (USES, None, (Answer.CONFLICTS, Why.USES)),
        (USES, "many", (Answer.CONFLICTS, Why.USES)),
    ],
)
def test_a_family_that_asks_about_medicines_is_not_refused_one(state, level, expected) -> None:
    assert answer(milk("medicines", state), Wish("medicines", level=level)) == expected


AUGUST = date(2026, 8, 1)


@pytest.mark.parametrize(
    ("fact", "span", "wish", "expected"),
    [
        pytest.param(
            ("medicines", USES, OCTOBER + timedelta(days=1), None), (JULY, OCTOBER), Wish("medicines"),
            (Answer.ASK, Why.USED_ONLY_LATER, None), id="begun after the last pumping, it says nothing of before",
        ),
        pytest.param(
            ("medicines", USES, OCTOBER, None), (JULY, OCTOBER), Wish("medicines"),
            (Answer.CONFLICTS, Why.USES, None), id="begun on the last day of pumping",
        ),
        pytest.param(
            ("caffeine", USES, JULY, "to_100"), (JULY, OCTOBER), Wish("caffeine", level="to_200"),
            (Answer.MEETS, Why.WITHIN_LEVEL, None), id="a level since the first day of pumping",
        ),
        pytest.param(
            ("caffeine", USES, AUGUST, "to_100"), (JULY, OCTOBER), Wish("caffeine", level="to_200"),
            (Answer.ASK, Why.USED_ONLY_LATER, AUGUST), id="a level since the middle counts from there",
        ),
        pytest.param(
            ("caffeine", USES, AUGUST, "to_100"), (None, OCTOBER), Wish("caffeine", level="to_200"),
            (Answer.ASK, Why.USED_ONLY_LATER, None), id="pumped since when is not said",
        ),
        pytest.param(
            ("caffeine", AVOIDS, OCTOBER + timedelta(days=1), None), (JULY, OCTOBER), Wish("caffeine", level="to_200"),
            (Answer.ASK, Why.LEVEL_BEFORE_UNSAID, None), id="left out later: how much before is not said",
        ),
        pytest.param(
            ("caffeine", AVOIDS, OCTOBER + timedelta(days=1), None), (JULY, OCTOBER), Wish("caffeine"),
            (Answer.CONFLICTS, Why.PUMPED_BEFORE, None), id="none was asked, so milk from before contradicts it",
        ),
    ],
)  # fmt: skip
def test_a_fact_speaks_only_of_milk_pumped_since_its_date(fact, span, wish, expected) -> None:
    attribute, state, since, level = fact
    found = explain(milk(attribute, state, since, level, first=span[0], last=span[1]), wish, today=TODAY)
    assert (found.answer, found.why, found.usable_from) == expected


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        pytest.param(92, 92, (Answer.MEETS, Why.PUMPED_WITHIN), id="exactly as old as asked"),
        pytest.param(93, 93, (Answer.CONFLICTS, Why.OLDER), id="a day too old"),
        pytest.param(93, 10, (Answer.ASK, Why.PARTLY_OLDER), id="some of it too old"),
        pytest.param(None, 10, (Answer.ASK, Why.PUMPING_DATE_UNSAID), id="the oldest is not said"),
        pytest.param(None, 93, (Answer.CONFLICTS, Why.OLDER), id="the newest is too old"),
        pytest.param(200, None, (Answer.ASK, Why.PARTLY_OLDER), id="pumped until today"),
    ],
)
def test_the_milk_may_be_asked_to_be_no_older_than_so_many_months(first, last, expected) -> None:
    first, last = (None if days is None else TODAY - timedelta(days=days) for days in (first, last))
    facts = MilkFacts(pumped_from=first, pumped_to=last)
    assert answer(facts, Wish("milk_age", level="within_3")) == expected
    assert answer(facts, Wish("milk_age", level="nonsense")) == (Answer.ASK, Why.PUMPING_DATE_UNSAID)


def test_of_milk_partly_too_old_the_first_usable_day_is_named() -> None:
    facts = MilkFacts(pumped_from=TODAY - timedelta(days=40), pumped_to=TODAY)
    found = explain(facts, Wish("milk_age", level="within_1"), today=TODAY)
    assert found.usable_from == TODAY - timedelta(days=31)


@pytest.mark.parametrize(
    ("lipase", "expected"),
    [
        ("not_noticed", (Answer.MEETS, Why.TASTE_KEPT)),
        ("scalded_before_freezing", (Answer.MEETS, Why.SCALDED)),
        ("soapy_after_days", (Answer.CONFLICTS, Why.TURNS_SOAPY)),
        ("unknown", (Answer.ASK, Why.NOT_SAID)),
        ("nonsense", (Answer.ASK, Why.NOT_SAID)),
    ],
)
def test_scalded_milk_counts_as_low_lipase_and_soapy_milk_does_not(lipase, expected) -> None:
    assert answer(MilkFacts(lipase=lipase), Wish("lipase")) == expected


def test_a_prefer_never_makes_a_pair_impossible() -> None:
    found = fit(milk(state=USES), Wishes((Wish("dairy", Strength.PREFER),)), today=TODAY)
    assert not found.impossible
    assert len(found.conflicts) == 1
    assert fit(milk(state=USES), Wishes((Wish("dairy"),)), today=TODAY).impossible


def test_all_musts_met_needs_a_must_and_no_open_question() -> None:
    long_ago = date(2026, 1, 1)
    assert fit(milk(since=long_ago), Wishes((Wish("dairy"),)), today=TODAY).all_musts_met
    assert not fit(milk(since=long_ago), Wishes((Wish("dairy"), Wish("soy"))), today=TODAY).all_musts_met
    assert not fit(milk(since=long_ago), Wishes(), today=TODAY).all_musts_met


DATES = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@given(since=st.none() | DATES, span=st.tuples(DATES, DATES).map(sorted), days=st.none() | st.integers(0, 60))
def test_milk_pumped_before_the_food_was_left_out_is_never_called_met(since, span, days) -> None:
    first, last = span
    found = explain(milk(since=since, first=first, last=last), Wish("dairy", avoid_days=days), today=TODAY)
    if found.answer is Answer.MEETS:
        assert since is not None
        assert since + timedelta(days=days or 0) <= first
    if since is not None and last < since:
        assert found.answer is Answer.CONFLICTS


@given(since=DATES, span=st.tuples(DATES, DATES).map(sorted), fewer=st.integers(0, 60), more=st.integers(0, 60))
def test_asking_for_more_days_never_makes_milk_fit_better(since, span, fewer, more) -> None:
    order = [Answer.MEETS, Answer.ASK, Answer.CONFLICTS]
    stated = milk(since=since, first=span[0], last=span[1])
    few, many = (explain(stated, Wish("dairy", avoid_days=days), today=TODAY).answer for days in (fewer, fewer + more))
    assert order.index(few) <= order.index(many)
