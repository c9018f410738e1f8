"""How long milk keeps, what may be given, and which lots can be."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kernel.errors import Conflict
from app.milk.rules.clock import LONGEST, after, days_left, deadline, taken_by
from app.milk.rules.drafts import Bags, LotDraft, check
from app.milk.rules.keeping import FROZEN, MOVES, WHY_NOT, Heat, Kept, NotGiven, why_not_given
from app.milk.rules.policy import BANKS, BRITISH_COLUMBIA, CDC, HOME, UK, Span, Unit

DAY = timedelta(days=1)
MARCH = date(2026, 3, 10)
unhurried = settings(deadline=None)
"""The machine may be busy with other tests."""
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("policy", "kept", "best", "use"),
    [
        (CDC, Kept.FRESH, date(2026, 3, 10), date(2026, 3, 10)),
        (CDC, Kept.FRIDGE, date(2026, 3, 14), date(2026, 3, 14)),
        (CDC, Kept.FREEZER, date(2026, 9, 10), date(2027, 3, 10)),
        (CDC, Kept.DEEP_FREEZER, date(2026, 9, 10), date(2027, 3, 10)),
        (CDC, Kept.FREEZER_UNKNOWN, date(2026, 9, 10), date(2026, 9, 10)),
        (UK, Kept.FRESH, date(2026, 3, 10), date(2026, 3, 10)),
        (UK, Kept.FRIDGE, date(2026, 3, 18), date(2026, 3, 18)),
        (BRITISH_COLUMBIA, Kept.FRIDGE, date(2026, 3, 13), date(2026, 3, 13)),
        (BRITISH_COLUMBIA, Kept.FREEZER, date(2026, 9, 10), date(2026, 9, 10)),
        (BRITISH_COLUMBIA, Kept.DEEP_FREEZER, date(2026, 9, 10), date(2027, 3, 10)),
        (BRITISH_COLUMBIA, Kept.FREEZER_UNKNOWN, date(2026, 4, 10), date(2026, 4, 10)),
    ],
)
def test_each_source_gives_each_place_its_days(policy, kept, best, use):
    found = deadline(kept, MARCH, policy=policy)
    assert (found.best_by, found.use_by, found.policy, found.is_borrowed) == (best, use, policy, False)


@pytest.mark.parametrize(
    ("policy", "kept"), [(UK, Kept.FREEZER), (UK, Kept.DEEP_FREEZER), (BRITISH_COLUMBIA, Kept.FRESH)]
)
def test_where_a_source_is_silent_the_cdc_is_taken_and_said_so(policy, kept):
    found = deadline(kept, MARCH, policy=policy)
    assert (found.policy, found.is_borrowed) == (CDC, True)
    assert found.use_by == deadline(kept, MARCH).use_by


def test_a_freezer_of_unknown_kind_gets_the_shorter_of_its_sources_numbers():
    for policy in HOME:
        known = [policy.rows[kept] for kept in (Kept.FREEZER, Kept.DEEP_FREEZER) if kept in policy.rows]
        if known:
            shortest = min(after(MARCH, span) for row in known for span in (row.best, row.use))
            assert after(MARCH, policy.rows[Kept.FREEZER_UNKNOWN].use) <= shortest


@pytest.mark.parametrize(
    ("policy", "kept", "thawed_on", "use"),
    [
        (CDC, Kept.FREEZER, date(2026, 5, 1), date(2026, 5, 2)),
        (UK, Kept.FRIDGE, date(2026, 3, 11), date(2026, 3, 11)),
        (CDC, Kept.FREEZER, date(2027, 3, 10), date(2027, 3, 10)),
        (BRITISH_COLUMBIA, Kept.DEEP_FREEZER, date(2026, 5, 1), date(2026, 5, 2)),
    ],
)
def test_thawed_milk_goes_by_the_day_it_thawed_and_never_past_what_frozen_milk_had(policy, kept, thawed_on, use):
    found = deadline(kept, MARCH, thawed_on=thawed_on, policy=policy)
    assert (found.best_by <= found.use_by, found.use_by) == (True, use)


@pytest.mark.parametrize(
    ("day", "span", "end"),
    [
        (date(2026, 8, 31), Span(6, Unit.MONTHS), date(2027, 2, 28)),
        (date(2027, 8, 31), Span(6, Unit.MONTHS), date(2028, 2, 29)),
        (date(2028, 2, 29), Span(12, Unit.MONTHS), date(2029, 2, 28)),
        (date(2026, 12, 31), Span(1, Unit.MONTHS), date(2027, 1, 31)),
        (date(2026, 1, 31), Span(1, Unit.MONTHS), date(2026, 2, 28)),
        (date(2026, 3, 10), Span(36, Unit.HOURS), date(2026, 3, 11)),
        (date(2026, 3, 10), Span(23, Unit.HOURS), date(2026, 3, 10)),
        (date(2026, 12, 30), Span(4, Unit.DAYS), date(2027, 1, 3)),
        (date.max, Span(4, Unit.DAYS), date.max),
        (date.max, Span(1, Unit.MONTHS), date.max),
    ],
)
def test_spans_end_on_days_that_exist(day, span, end):
    assert after(day, span) == end


@unhurried
@given(days, st.sampled_from(Kept), st.sampled_from((*HOME, *BANKS)), st.none() | days)
def test_nothing_keeps_beyond_twelve_months_and_best_never_comes_after_use(pumped, kept, policy, thawed_on):
    found = deadline(kept, pumped, thawed_on=thawed_on, policy=policy)
    assert found.best_by <= found.use_by <= after(pumped, LONGEST)


@unhurried
@given(days, st.sampled_from(Kept), st.sampled_from(HOME), days)
def test_thawing_never_makes_milk_keep_longer(pumped, kept, policy, thawed_on):
    frozen, thawed = deadline(kept, pumped, policy=policy), deadline(kept, pumped, thawed_on=thawed_on, policy=policy)
    assert thawed.use_by <= frozen.use_by


@pytest.mark.parametrize(("today", "left"), [(MARCH - DAY, 1), (MARCH, 0), (MARCH + DAY, -1)])
def test_the_use_by_day_itself_still_counts(today, left):
    assert days_left(MARCH, today=today) == left


@pytest.mark.parametrize("policy", [*HOME, *BANKS], ids=lambda policy: policy.key)
def test_every_row_names_where_and_when_it_was_read(policy):
    assert policy.source.title
    assert policy.source.url.startswith("https://")
    assert policy.source.read_in == "2026-11"
    assert policy.rows


@pytest.mark.parametrize(
    ("key", "kept", "age_days", "heat", "thawed", "taken"),
    [
        ("wa_banks", Kept.FREEZER, 365, Heat.NONE, False, True),
        ("wa_banks", Kept.FREEZER, 366, Heat.NONE, False, False),
        ("wa_banks", Kept.FREEZER, 10, Heat.SCALDED, False, False),
        ("wa_banks", Kept.FREEZER, 10, Heat.FLASH_HEATED, False, False),
        ("wa_banks", Kept.FRIDGE, 4, Heat.NONE, False, True),
        ("wa_banks", Kept.FRIDGE, 5, Heat.NONE, False, False),
        ("mid_atlantic", Kept.FREEZER, 245, Heat.NONE, False, True),
        ("mid_atlantic", Kept.FREEZER, 246, Heat.NONE, False, False),
        ("milk_bank_in", Kept.FREEZER, 185, Heat.NONE, False, False),
        ("milk_bank_in", Kept.DEEP_FREEZER, 185, Heat.NONE, False, True),
        ("milk_bank_in", Kept.FREEZER_UNKNOWN, 185, Heat.NONE, False, False),
        ("ny_banks", Kept.FREEZER, 1, Heat.NONE, False, None),
        ("ny_banks", Kept.FRIDGE, 2, Heat.NONE, False, True),
        ("ny_banks", Kept.DEEP_FREEZER, 10, Heat.NONE, True, False),
    ],
)
def test_banks_take_milk_up_to_their_own_age(key, kept, age_days, heat, thawed, taken):
    policy = next(bank for bank in BANKS if bank.key == key)
    today = MARCH + age_days * DAY
    assert taken_by(policy, kept, MARCH, heat=heat, thawed=thawed, today=today) is taken


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, None),
        ({"days_left": 0}, None),
        ({"days_left": -1}, NotGiven.PAST),
        ({"thawed": True}, NotGiven.THAWED),
        ({"withdrawn": True, "thawed": True, "days_left": -5}, NotGiven.WITHDRAWN),
        ({"excluded": True, "thawed": True, "days_left": -5}, NotGiven.KEPT_BACK),
        ({"excluded": True, "withdrawn": True}, NotGiven.WITHDRAWN),
        ({"free_ml": 0}, NotGiven.GONE),
    ],
)
def test_thawed_past_withdrawn_and_empty_lots_are_not_given(facts, reason):
    usual = {"thawed": False, "withdrawn": False, "excluded": False, "days_left": 30, "free_ml": 100}
    assert why_not_given(**usual | facts) is reason


def test_every_reason_against_giving_has_words():
    assert set(WHY_NOT) == set(NotGiven)


@pytest.mark.parametrize("frozen", sorted(FROZEN))
@pytest.mark.parametrize("warmer", [Kept.FRESH, Kept.FRIDGE])
def test_milk_goes_into_a_freezer_and_never_out_of_it(frozen, warmer):
    assert MOVES.require(warmer, frozen) is True
    with pytest.raises(Conflict):
        MOVES.require(frozen, warmer)


TODAY = date(2026, 11, 21)
SOUND = {
    "pumped_from": date(2026, 11, 1), "pumped_to": date(2026, 11, 14), "kept": Kept.FREEZER, "heat": Heat.NONE,
    "bags": (Bags(12, 120), Bags(3, 90)),
}  # fmt: skip


def test_a_sound_lot_has_no_reasons_against_it_and_knows_its_volume():
    draft = LotDraft(**SOUND)
    assert check(draft, today=TODAY) == {}
    assert draft.volume_ml == 12 * 120 + 3 * 90


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"pumped_from": None}, "pumped_from", "the first of it"),
        ({"pumped_to": None}, "pumped_to", "the last of it"),
        ({"pumped_from": TODAY + DAY, "pumped_to": TODAY + DAY}, "pumped_from", "still to come"),
        ({"pumped_to": TODAY + DAY}, "pumped_to", "still to come"),
        ({"pumped_to": date(2026, 10, 31)}, "pumped_to", "comes after"),
        ({"pumped_from": date(2026, 10, 14)}, "pumped_to", "a month of milk"),
        ({"pumped_from": date(2025, 11, 20), "pumped_to": date(2025, 11, 20)}, "pumped_from", "past its use-by"),
        ({"kept": Kept.FRIDGE}, "pumped_from", "past its use-by"),
        ({"kept": None}, "kept", "where you keep it"),
        ({"heat": None}, "heat", "whether you heated it"),
        ({"heat": Heat.BANK_PASTEURISED}, "heat", "whether you heated it"),
        ({"bags": ()}, "count_1", "how many bags"),
        ({"bags": (Bags(0, 120),)}, "count_1", "from 1 to 300"),
        ({"bags": (Bags(1, 120), Bags(301, 120))}, "count_2", "from 1 to 300"),
        ({"bags": (Bags(200, 120), Bags(101, 90))}, "count_1", "300 bags at most"),
        ({"bags": (Bags(1, 4),)}, "size_1", "check the unit"),
        ({"bags": (Bags(1, 120), Bags(1, 1001))}, "size_2", "check the unit"),
    ],
)
def test_what_cannot_be_a_lot_is_said_at_its_field(changed, field, words):
    problems = check(LotDraft(**SOUND | changed), today=TODAY)
    assert list(problems) == [field]
    assert words in problems[field][0]


@pytest.mark.parametrize(
    "changed",
    [
        {"pumped_from": date(2026, 10, 15)},
        {"pumped_from": date(2025, 11, 21), "pumped_to": date(2025, 11, 21)},
        {"pumped_from": date(2026, 11, 17), "pumped_to": TODAY, "kept": Kept.FRIDGE},
        {"pumped_from": TODAY, "pumped_to": TODAY, "kept": Kept.FRESH},
        {"bags": (Bags(300, 5),)},
        {"bags": (Bags(1, 1000),)},
    ],
)
def test_the_last_possible_values_are_possible(changed):
    assert check(LotDraft(**SOUND | changed), today=TODAY) == {}
