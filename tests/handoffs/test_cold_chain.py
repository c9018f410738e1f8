"""How long milk may be on its way: what the CDC states, what is estimated, and what to do about a trip."""

import re

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from app.accounts.models import User
from app.handoffs.rules import cold_chain
from app.handoffs.rules.checklist import CDC_STORAGE
from app.handoffs.rules.cold_chain import Advice, Basis, Kept, Packing, Trip, advice_for, answer_for, budget_of
from app.infra.transaction import transaction
from tests.conftest import NOW
from tests.handoffs.factories import agreed
from tests.handoffs.grounds import live

FRESH, FRIDGE, FROZEN = Kept.FRESH, Kept.FRIDGE, Kept.FROZEN
NONE, ICE, DRY_ICE = Packing.NONE, Packing.ICE, Packing.DRY_ICE
DAY = 24 * 60


def trip(kept=FROZEN, packing=ICE, *, volume_ml=1000, minutes=60, outside_c=25.0) -> Trip:
    return Trip(kept, packing, volume_ml, minutes, outside_c)


class TestWhatTheCdcStates:
    @pytest.mark.parametrize(
        ("kept", "packing", "outside_c", "minutes", "basis"),
        [
            (FRESH, ICE, 25.0, DAY, Basis.CDC_COOLER),
            (FRIDGE, ICE, 40.0, DAY, Basis.CDC_COOLER),
            (FRIDGE, ICE, None, DAY, Basis.CDC_COOLER),
            (FRESH, NONE, 25.0, 4 * 60, Basis.CDC_ROOM),
            (FRESH, NONE, -5.0, 4 * 60, Basis.CDC_ROOM),
            (FRESH, NONE, 25.1, None, Basis.NO_FIGURE),
            (FRESH, NONE, None, None, Basis.NO_FIGURE),
            (FRIDGE, NONE, 10.0, None, Basis.NO_FIGURE),
            (FROZEN, NONE, 10.0, None, Basis.NO_FIGURE),
            (FRESH, DRY_ICE, 20.0, None, Basis.NO_FIGURE),
            (FRIDGE, DRY_ICE, 20.0, None, Basis.NO_FIGURE),
        ],
    )
    def test_a_time_stands_where_the_cdc_gives_one_and_nowhere_else(self, kept, packing, outside_c, minutes, basis):
        budget = budget_of(trip(kept, packing, outside_c=outside_c))
        assert (budget.minutes, budget.basis) == (minutes, basis)
        assert budget.source == (CDC_STORAGE if minutes else None)
        assert not budget.is_estimate

    @pytest.mark.parametrize(("minutes", "too_long"), [(DAY - 1, False), (DAY, False), (DAY + 1, True)])
    def test_a_trip_as_long_as_the_time_fits(self, minutes, too_long):
        assert answer_for(trip(FRIDGE, ICE, minutes=minutes)).is_too_long is too_long

    def test_where_nobody_states_a_time_no_trip_is_covered(self):
        assert answer_for(trip(FRIDGE, NONE, minutes=1)).is_too_long


class TestEstimates:
    @pytest.mark.parametrize(
        ("packing", "volume_ml", "outside_c", "minutes"),
        [
            # 0.5 kg × 334 + 0.25 × 1 kg × 283.9 = 238 kJ; 1.5 W/K × 25 K = 37.5 W; 6,346 s.
            (ICE, 1000, 25.0, 105),
            (ICE, 1000, 35.0, 75),
            (ICE, 1000, None, 75),
            (ICE, 3000, 25.0, 165),
            (ICE, 60, 25.0, 75),
            # 2.5 kg × 571 = 1,427.5 kJ; 0.6 W/K × 103.5 K = 62.1 W; 22,987 s.
            (DRY_ICE, 1000, 25.0, 375),
            (DRY_ICE, 9000, 25.0, 375),
            (DRY_ICE, 1000, None, 345),
        ],
    )
    def test_it_balances_heat_and_is_cut_down_to_quarters_of_an_hour(self, packing, volume_ml, outside_c, minutes):
        budget = budget_of(trip(packing=packing, volume_ml=volume_ml, outside_c=outside_c))
        assert budget.minutes == minutes
        assert budget.is_estimate
        assert budget.source is None

    def test_dry_ice_lasts_half_as_long_as_the_common_rule_says_or_less(self):
        slowest_loss_kg_a_day = 4.5
        common = cold_chain.DRY_ICE_KG / slowest_loss_kg_a_day * DAY
        assert budget_of(trip(packing=DRY_ICE)).minutes <= common / 2

    def test_more_milk_than_the_bag_holds_lengthens_nothing(self):
        assert budget_of(trip(volume_ml=60_000)) == budget_of(trip(volume_ml=12_000))

    @pytest.mark.parametrize("outside_c", [0.0, -10.0, 0.5])
    def test_in_the_frost_it_is_the_cdcs_day_and_no_more(self, outside_c):
        assert budget_of(trip(outside_c=outside_c)) == cold_chain.Budget(DAY, Basis.CDC_COOLER)

    @given(
        st.sampled_from([ICE, DRY_ICE]), st.integers(1, 200_000), st.floats(-60, 60), st.integers(0, 50_000),
        st.floats(0, 40),
    )  # fmt: skip
    def test_more_milk_never_shortens_it_and_more_heat_never_lengthens_it(self, packing, volume, heat, more, hotter):
        first = budget_of(trip(packing=packing, volume_ml=volume, outside_c=heat)).minutes
        assert budget_of(trip(packing=packing, volume_ml=volume + more, outside_c=heat)).minutes >= first
        assert budget_of(trip(packing=packing, volume_ml=volume, outside_c=heat + hotter)).minutes <= first
        assert 0 <= first <= DAY

    def test_who_does_not_say_how_warm_it_is_gets_a_hot_day_and_is_told(self):
        assert answer_for(trip(outside_c=None)).heat_is_supposed
        assert answer_for(trip(outside_c=None)).heat_c == 35
        assert not answer_for(trip()).heat_is_supposed
        assert not answer_for(trip(FRIDGE, ICE, outside_c=None)).heat_is_supposed


class TestAdvice:
    @pytest.mark.parametrize(
        ("kept", "packing", "minutes", "advice"),
        [
            (FROZEN, NONE, 30, Advice.ICE),
            (FROZEN, ICE, 105, Advice.ICE),
            (FROZEN, ICE, 106, Advice.DRY_ICE),
            (FROZEN, DRY_ICE, 60, Advice.ICE),
            (FROZEN, ICE, 375, Advice.DRY_ICE),
            (FROZEN, DRY_ICE, 376, Advice.DO_NOT),
            (FRESH, NONE, 60, Advice.ICE),
            (FRIDGE, DRY_ICE, 60, Advice.ICE),
            (FRIDGE, ICE, DAY, Advice.ICE),
            (FRIDGE, ICE, DAY + 1, Advice.DO_NOT),
            (FRESH, DRY_ICE, DAY + 1, Advice.DO_NOT),
        ],
    )
    def test_the_least_that_covers_the_trip_is_advised(self, kept, packing, minutes, advice):
        assert advice_for(trip(kept, packing, minutes=minutes)) is advice

    def test_dry_ice_is_never_advised_for_milk_that_is_not_frozen(self):
        found = {advice_for(trip(kept, minutes=minutes)) for kept in (FRESH, FRIDGE) for minutes in (1, 999, 9999)}
        assert Advice.DRY_ICE not in found


class TestWhatIsTyped:
    @pytest.mark.parametrize(
        ("volume", "bags", "counted"),
        [(500, None, 500), (500, 3, 500), (None, 3, 180), (0, 3, 180), (None, None, None), (0, 0, None)],
    )  # fmt: skip
    def test_bags_count_as_the_smallest_where_no_volume_is_typed(self, volume, bags, counted):
        assert cold_chain.volume_of(volume, bags) == counted

    @pytest.mark.parametrize(
        ("degrees", "unit", "celsius"), [(77, "F", 25), (25, "C", 25), (32, "F", 0), (-40, "F", -40)]
    )
    def test_degrees_of_both_kinds_are_read(self, degrees, unit, celsius):
        assert cold_chain.celsius(degrees, unit) == pytest.approx(celsius)


@pytest.fixture
def asked(app, pair, sign_in):
    """Ask the page of an agreed handoff of the two for a time budget; the answer."""
    with time_machine.travel(NOW, tick=False):
        with app.app_context():
            live(pair, ("Davis, CA", 25), ("Sacramento, CA", 25))
            handoff = agreed(pair)
        client = sign_in(pair.family)
        yield lambda **typed: client.get(
            f"/handoffs/{handoff}", query_string={f"cold-{name}": value for name, value in typed.items()}
        )


TYPED = {
    "minutes": "90",
    "kept": "frozen",
    "packing": "ice",
    "amount": "34",
    "unit": "oz",
    "heat": "77",
    "degrees": "F",
}


class TestThePage:
    def test_the_form_begins_with_the_handoffs_amount_and_a_guess_of_the_way(self, asked):
        text = asked().text
        # Half the way each is under 25 km: twice 17.5 km, times 1.3, at 45 km/h, and a quarter of an hour.
        assert re.search(r'name="cold-minutes"[^>]*value="75"', text)
        assert re.search(r'name="cold-amount"[^>]*value="14"', text)
        assert '<option selected value="F">' in text
        assert "Your trip" not in text

    def test_a_trip_inside_the_estimate_is_told_with_its_time_and_what_it_is(self, asked):
        text = asked(**TYPED).text
        assert "Your trip takes 1 hour 30 minutes." in text
        assert "As packed: 1 hour 45 minutes" in text
        assert "own cautious estimate" in text
        assert "at 77 °F around it" in text
        assert "says nothing about whether the milk is good" in text
        assert " safe" not in text.split('id="cold"')[1].split("</section>", maxsplit=1)[0]

    def test_a_trip_that_is_too_long_warns_and_says_what_would_last_with_its_rules_and_sources(self, asked):
        text = asked(**TYPED | {"minutes": "180"}).text
        assert "Your trip of 3 hours is longer than that." in text
        assert "Dry ice in a foam box could." in text
        assert "2.5 kg (5.5 lb), if the airline agrees" in text
        assert "https://www.faa.gov/hazmat/packsafe/dry-ice" in text
        assert "https://pe.usps.com/text/pub52/pub52c7_015.htm" in text

    def test_what_the_cdc_states_stands_with_its_source(self, asked):
        section = asked(**TYPED | {"kept": "fridge"}).text.split('id="cold"')[1]
        assert "As packed: 24 hours" in section
        assert "what the CDC gives for milk in an insulated cooler" in section
        assert CDC_STORAGE.url in section.split("<form")[0]

    def test_where_nobody_states_a_time_it_says_so(self, asked):
        text = asked(**TYPED | {"packing": "none"}).text
        assert "we know of no time that anybody stands behind" in text
        assert "As packed: no time we know of" in text
        assert "insulated cooler with frozen ice packs." in text

    def test_without_a_temperature_a_hot_day_is_taken_and_said(self, asked):
        text = asked(**TYPED | {"heat": ""}).text
        assert "You did not say how warm it is, so we took a hot day." in text
        assert "at 95 °F" in text

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({"minutes": ""}, "Please enter how many minutes."),
            ({"minutes": "soon"}, "Please enter a number."),
            ({"minutes": "0"}, "Please enter between 1 minute and two days."),
            ({"minutes": "2881"}, "Please enter between 1 minute and two days."),
            ({"minutes": "NaN"}, "Please enter a number."),
            ({"amount": "", "bags": ""}, "Please enter how much milk, or how many bags."),
            ({"amount": "0", "bags": "0"}, "Please enter how much milk, or how many bags."),
            ({"amount": "-1"}, "Please enter an amount that can be."),
            ({"bags": "99999"}, "Please enter a number of bags that can be."),
            ({"heat": "1e400"}, "Please enter a temperature that can be"),
            ({"heat": "61", "degrees": "C"}, "Please enter a temperature that can be"),
            ({"heat": "hot"}, "Please enter a number."),
            ({"degrees": "K"}, "Not a valid choice"),
            ({"kept": "warm"}, "Not a valid choice"),
            ({"packing": "wool"}, "Not a valid choice"),
            ({"unit": "barrels"}, "Not a valid choice"),
        ],
    )
    def test_bad_input_is_named_at_its_field_and_kept(self, asked, typed, words):
        answer = asked(**TYPED | typed)
        assert answer.status_code == 422
        assert words in answer.text
        assert "Your trip" not in answer.text
        for name, value in (TYPED | typed).items():
            if value and name in {"minutes", "amount", "heat", "bags"}:
                assert re.search(rf'name="cold-{name}"[^>]*value="{re.escape(value)}"', answer.text), name

    def test_who_thinks_in_celsius_reads_celsius(self, app, pair, asked):
        with app.app_context(), transaction() as session:
            session.get(User, pair.family.id).distance_unit = "km"
        text = asked(**TYPED | {"heat": "25", "degrees": "C"}).text
        assert "at 25 °C around it" in text
        assert '<option selected value="C">' in asked().text

    def test_an_address_without_units_means_the_readers_own(self, asked):
        short = {name: value for name, value in TYPED.items() if name not in {"unit", "degrees"}}
        assert "As packed: 1 hour 45 minutes" in asked(**short).text
