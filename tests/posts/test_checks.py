"""What may be typed into a post."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.text import plain_text
from app.posts.rules import Fact, PostState, Wish, check, check_end, checks
from app.posts.rules.checks import oldest_allowed
from tests.posts.drafts import OFFER, REQUEST, TODAY, WEEKLY


def reasons(draft):
    return check(draft, today=TODAY)


@pytest.mark.parametrize("draft", [OFFER, WEEKLY, REQUEST])
def test_a_sound_draft_has_nothing_against_it(draft):
    assert reasons(draft) == {}


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"volume_ml": None}, "amount", checks.MISSING),
        ({"volume_ml": 0}, "amount", checks.NOT_MORE_THAN_ZERO),
        ({"volume_ml": -1}, "amount", checks.NOT_MORE_THAN_ZERO),
        ({"volume_ml": 60_001}, "amount", checks.TOO_MUCH_ONCE),
        ({"volume_ml": 294}, "amount", checks.TOO_LITTLE),
        ({"supply": "weekly", "weekly_ml": 15_001}, "amount", checks.TOO_MUCH_WEEKLY),
        ({"supply": "sometimes"}, "supply", checks.CHOOSE),
        ({"storage": "thawed"}, "storage", checks.THAWED),
        ({"storage": "shelf"}, "storage", checks.CHOOSE),
        ({"lipase": "lots"}, "lipase", checks.CHOOSE),
        ({"pumped_from": None}, "pumped_from", checks.MISSING),
        ({"pumped_from": TODAY + timedelta(days=1), "pumped_to": None}, "pumped_from", checks.PUMPED_LATER),
        ({"pumped_to": TODAY + timedelta(days=1)}, "pumped_to", checks.PUMPED_LATER),
        ({"pumped_to": date(2026, 6, 30)}, "pumped_to", checks.PUMPED_ORDER),
        ({"pumped_from": date(2025, 11, 20)}, "pumped_from", checks.TOO_OLD),
        ({"storage": "fridge", "pumped_from": TODAY - timedelta(days=9)}, "pumped_from", checks.FRIDGE_TOO_OLD),
        ({"ends_on": TODAY - timedelta(days=60)}, "pumped_to", checks.PUMPED_AFTER_END),
        ({"ends_on": TODAY - timedelta(days=1)}, "ends_on", checks.END_PAST),
        ({"smallest_handoff_ml": 0}, "smallest_handoff", checks.NOT_MORE_THAN_ZERO),
        ({"smallest_handoff_ml": 3001}, "smallest_handoff", checks.HANDOFF_TOO_BIG),
        ({"max_families": 0}, "max_families", checks.FAMILIES),
        ({"max_families": 21}, "max_families", checks.FAMILIES),
        ({"baby_age_months": 49}, "baby_age_months", checks.BABY_MONTHS),
        ({"travel_km": 26}, "travel", checks.CHOOSE),
        ({"travel_km": -1}, "travel", checks.CHOOSE),
        ({"replace_bags": "maybe"}, "replace_bags", checks.CHOOSE),
        ({"note": "a" * 2001}, "note", checks.NOTE_TOO_LONG),
        ({"facts": (Fact("gold", "avoids"),)}, "facts", checks.NOT_IN_CATALOGUE),
        ({"facts": (Fact("lipase", "avoids"),)}, "facts", checks.NOT_IN_CATALOGUE),
        ({"facts": (Fact("soy", "hates"),)}, "facts-soy-state", checks.CHOOSE),
        ({"facts": (Fact("soy", "uses", level="to_100"),)}, "facts-soy-level", checks.CHOOSE),
        ({"facts": (Fact("caffeine", "avoids", level="to_100"),)}, "facts-caffeine-level", checks.CHOOSE),
        ({"facts": (Fact("soy", "avoids"), Fact("soy", "uses"))}, "facts-soy-state", checks.TWICE),
        ({"facts": (Fact("soy", "avoids", date(2026, 11, 22)),)}, "facts-soy-since", checks.SINCE_LATER),
        ({"facts": (Fact("soy", "avoids", date(1900, 1, 1)),)}, "facts-soy-since", checks.SINCE_TOO_EARLY),
        ({"preference": "richest"}, "preference", checks.CHOOSE),
    ],
)
def test_what_an_offer_may_not_say(changes, field, reason):
    assert reason in reasons(replace(OFFER, **changes))[field]


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"need_ml_per_day": 0}, "need", checks.NOT_MORE_THAN_ZERO),
        ({"need_ml_per_day": 29}, "need", checks.TOO_LITTLE_PER_DAY),
        ({"need_ml_per_day": 3001}, "need", checks.TOO_MUCH_PER_DAY),
        ({"days": 0}, "days", checks.TOO_MANY_DAYS),
        ({"days": 367}, "days", checks.TOO_MANY_DAYS),
        ({"stock_ml": -1}, "stock", checks.NEGATIVE),
        ({"stock_ml": 60_001}, "stock", checks.STOCK_TOO_MUCH),
        ({"baby_age_band": "9"}, "baby_age_band", checks.CHOOSE),
        ({"term_and_healthy": "9"}, "term_and_healthy", checks.CHOOSE),
        ({"wishes": (Wish("gold", "must"),)}, "wishes", checks.NOT_IN_CATALOGUE),
        ({"wishes": (Wish("soy", "will"),)}, "wishes-soy-strength", checks.CHOOSE),
        ({"wishes": (Wish("soy", "must", 4),)}, "wishes-soy-avoid_days", checks.AVOID_DAYS_UNKNOWN),
        ({"wishes": (Wish("caffeine", "must", None, "tons"),)}, "wishes-caffeine-level", checks.CHOOSE),
        ({"wishes": (Wish("caffeine", "must", None, "over_300"),)}, "wishes-caffeine-level", checks.CHOOSE),
        ({"wishes": (Wish("medicines", "must", None, "many"),)}, "wishes-medicines-level", checks.CHOOSE),
        ({"wishes": (Wish("milk_age", "must"),)}, "wishes-milk_age-level", checks.MISSING),
        ({"wishes": (Wish("milk_age", "must", None, "within_2"),)}, "wishes-milk_age-level", checks.CHOOSE),
        ({"wishes": (Wish("soy", "must"), Wish("soy", "prefer"))}, "wishes-soy-strength", checks.TWICE),
        ({"ends_on": TODAY + timedelta(days=366)}, "ends_on", checks.END_TOO_FAR),
    ],
)
def test_what_a_request_may_not_say(changes, field, reason):
    assert reason in reasons(replace(REQUEST, **changes))[field]


@pytest.mark.parametrize(
    "draft",
    [
        replace(OFFER, volume_ml=295), replace(OFFER, volume_ml=60_000), replace(OFFER, volume_ml=1, after_loss=True),
        replace(OFFER, pumped_from=date(2025, 11, 21)), replace(OFFER, pumped_from=TODAY, pumped_to=TODAY),
        replace(OFFER, note="é" * 2000), replace(OFFER, ends_on=TODAY), replace(OFFER, smallest_handoff_ml=3000),
        replace(OFFER, ends_on=TODAY + timedelta(days=365)), replace(OFFER, max_families=20, baby_age_months=0),
        replace(OFFER, storage="fridge", pumped_from=TODAY - timedelta(days=8), pumped_to=None),
        replace(WEEKLY, weekly_ml=15_000), replace(OFFER, facts=(Fact("medicines", "uses", TODAY),)),
        replace(REQUEST, need_ml_per_day=3000, days=366), replace(REQUEST, need_ml_per_day=30, days=1),
        replace(REQUEST, wishes=(Wish("lipase", "must"),)),
    ],
)  # fmt: skip
def test_the_limits_themselves_are_allowed(draft):
    assert reasons(draft) == {}


def test_an_offer_of_no_known_kind_of_supply_with_milk_is_told_about_the_supply():
    assert set(reasons(replace(OFFER, supply="", volume_ml=None))) == {"supply", "amount"}


@pytest.mark.parametrize(
    ("today", "oldest"),
    [
        (date(2026, 11, 21), date(2025, 11, 21)),
        (date(2028, 2, 29), date(2027, 2, 28)),
        (date(2027, 2, 28), date(2026, 2, 28)),
    ],
)
def test_twelve_months_are_calendar_months(today, oldest):
    assert oldest_allowed(today) == oldest


@given(st.dates(date(2020, 2, 29), date(2060, 12, 31)), st.integers(-400, 800))
def test_no_last_day_is_no_reason_and_every_other_is_within_a_year(today, days):
    day = today + timedelta(days=days)
    assert (check_end(day, today=today) == []) is (0 <= days <= 365)
    assert check_end(None, today=today) == []


@given(st.integers(-10_000, 100_000))
def test_an_offer_s_amount_is_allowed_exactly_from_ten_ounces_to_sixty_litres(amount):
    assert ("amount" not in reasons(replace(OFFER, volume_ml=amount))) is (295 <= amount <= 60_000)


@given(st.dates(date(2024, 1, 1), date(2028, 1, 1)))
def test_milk_is_allowed_exactly_when_it_is_at_most_twelve_months_old_and_pumped_already(pumped):
    draft = replace(OFFER, pumped_from=pumped, pumped_to=None)
    assert ("pumped_from" not in reasons(draft)) is (date(2025, 11, 21) <= pumped <= TODAY)


@given(st.text(max_size=300))
def test_plain_text_is_settled_and_holds_nothing_invisible(text):
    once = plain_text(text)
    assert plain_text(once) == once
    assert not set(once) & set("\r\u202e\u200b\x00\u2066\ufeff")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\r\nb", "a\nb"),
        ("  hi \x07", "hi"),
        ("e\u0301", "é"),
        ("\u202eevil", "evil"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_what_becomes_of_typed_text(typed, kept):
    assert plain_text(typed) == kept


@given(
    st.builds(Fact, st.text(max_size=8), st.text(max_size=8), st.none() | st.dates(), st.none() | st.text(max_size=8))
)
def test_a_fact_from_outside_the_catalogue_is_always_refused(fact):
    assert reasons(replace(OFFER, facts=(fact,)))


def test_a_state_is_its_own_text():
    assert PostState.LIVE == "live"
