"""Where two may meet: how their discs lie, which places come first, and that the quick search misses none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.geo.areas import AreaId
from app.geo.meeting import discs_of, ways_to
from app.handoffs import queries
from app.handoffs.queries.ground import places_within
from app.handoffs.rules.ground import (
    MOST_SHOWN,
    Reached,
    Situation,
    fairest,
    looked_for,
    minutes_on_the_way,
    situation_of,
)
from app.handoffs.rules.safe_places import PER_DEGREE, Kind, PlaceDraft
from app.infra.areas.storage import load_catalogue
from app.kernel.errors import NotFound
from tests.handoffs.grounds import area, area_at, centre, listed, live, near, place

DAVIS, SACRAMENTO, MADISON = "Davis, CA", "Sacramento, CA", "Madison, WI"


class TestSituations:
    @pytest.mark.parametrize(
        ("one", "other", "apart", "situation"),
        [
            (25, 25, 22, Situation.BOTH),
            (25, 25, 49, Situation.BOTH),
            (25, 25, 49.5, Situation.TOUCH),
            (25, 25, 50, Situation.TOUCH),
            (25, 25, 50.001, Situation.APART),
            (0, 25, 25, Situation.ONE_STAYS),
            (25, 0, 3, Situation.ONE_STAYS),
            (0, 25, 25.001, Situation.APART),
            (0, 0, 0, Situation.NEITHER),
            (0, 0, 0.001, Situation.APART),
            (25, 25, 0, Situation.BOTH),
        ],
    )
    def test_how_the_discs_lie(self, one, other, apart, situation):
        assert situation_of(one, other, apart) is situation

    @given(st.floats(0, 600), st.floats(0, 600), st.floats(0, 1300))
    def test_it_is_the_same_from_both_sides(self, one, other, apart):
        assert situation_of(one, other, apart) is situation_of(other, one, apart)

    def test_who_does_not_travel_is_met_near_home(self):
        assert (looked_for(0), looked_for(5), looked_for(80)) == (5, 5, 80)


def reached(name: str, donor: float, family: float, kind: Kind = Kind.LIBRARY) -> Reached:
    return Reached(f"ours:{name}", name, kind, donor, family)


class TestOrder:
    def test_first_come_those_where_whoever_goes_further_goes_least(self):
        places = [reached("A", 1, 20), reached("B", 12, 13), reached("C", 14, 2)]
        assert [each.name for each in fairest(places)] == ["B", "C", "A"]

    def test_then_the_less_both_go_then_the_name_then_the_reference(self):
        twin = Reached("ours:Z", "B", Kind.LIBRARY, 9, 10)
        places = [reached("C", 10, 9), twin, reached("B", 10, 9), reached("A", 10, 10)]
        assert [each.ref for each in fairest(places, of_a_kind=9)] == ["ours:B", "ours:Z", "ours:C", "ours:A"]

    def test_of_one_kind_there_are_only_a_few(self):
        places = [reached(f"P{n}", n, n, Kind.PHARMACY) for n in range(9)] + [reached("L", 20, 20)]
        assert [each.name for each in fairest(places)] == ["P0", "P1", "P2", "L"]

    @given(
        st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.sampled_from(Kind)), max_size=60), st.randoms()
    )
    def test_the_order_does_not_hang_on_who_asks_or_how_they_are_stored(self, ways, dice):
        places = [reached(str(n), donor, family, kind) for n, (donor, family, kind) in enumerate(ways)]
        swapped = [reached(each.name, each.family_way, each.donor_way, each.kind) for each in places]
        dice.shuffle(swapped)
        assert [each.ref for each in fairest(places)] == [each.ref for each in fairest(swapped)]


class TestMinutes:
    @pytest.mark.parametrize(
        ("donor", "family", "minutes"), [(0, 0, 25), (4.9, 1, 25), (6, 6, 40), (20, 20, 75), (60, 1, 130)]
    )
    def test_a_first_guess_comes_from_the_middles_of_the_bands(self, donor, family, minutes):
        assert minutes_on_the_way(donor, family) == minutes

    @given(st.floats(0, 300), st.floats(0, 300))
    def test_it_says_no_more_than_the_bands(self, donor, family):
        assert minutes_on_the_way(donor, family) == minutes_on_the_way(family, donor)
        assert minutes_on_the_way(donor, family) % 5 == 0


def ground(donor_km=25, family_km=25, donor=DAVIS, family=SACRAMENTO):
    return queries.ground_between(AreaId(area(donor)), donor_km, AreaId(area(family)), family_km)


class TestGround:
    def test_an_area_that_is_not_known_has_no_ground(self, in_app):
        assert queries.ground_between(AreaId(10**9), 5, AreaId(area(DAVIS)), 5) is None

    def test_a_closed_place_and_one_out_of_reach_are_suggested_to_nobody(self, in_app):
        listed(near(DAVIS, "A"), near(DAVIS, "B"), near(MADISON, "C"))
        listed(near(DAVIS, "A"), near(MADISON, "C"))
        assert [spot.name for spot in ground().spots] == ["A"]

    def test_a_place_on_the_very_edge_counts_and_one_behind_it_does_not(self, in_app):
        listed(near(DAVIS, "In", north_km=9.9), near(DAVIS, "Out", north_km=10.2))
        assert [spot.name for spot in ground(10, 40).spots] == ["In"]

    def test_who_is_too_far_apart_is_told_of_no_place(self, in_app):
        listed(near(DAVIS, "A"))
        found = ground(5, 5)
        assert (found.situation, found.spots, found.credits) == (Situation.APART, (), ())

    def test_bands_and_minutes_are_those_of_each_ones_way(self, in_app):
        listed(near(DAVIS, "A", north_km=1))
        (spot,) = ground().spots
        assert (spot.donor_band.code, spot.family_band.code) == ("under_5_km", "under_25_km")
        assert ground().minutes == spot.minutes == minutes_on_the_way(1, 22)
        assert spot.osm is None

    def test_openstreetmap_is_known_by_its_own_id(self, in_app):
        latitude, longitude = centre(DAVIS)
        listed(place("A", latitude, longitude, ref="osm:way/7"))
        assert ground().spots[0].osm == "way/7"

    def test_a_suggestion_is_found_by_its_id_and_nothing_else_is(self, in_app):
        listed(near(DAVIS, "A"))
        found = ground()
        assert found.spot(found.spots[0].public_id) == found.spots[0]
        assert found.spot("") is None

    def test_only_the_two_of_a_conversation_may_ask(self, app, pair, stranger):
        with app.app_context():
            live(pair, (DAVIS, 25), (SACRAMENTO, 25))
            assert queries.ground_for(pair.donor.identity, pair.public_id) == queries.ground_for(
                pair.family.identity, pair.public_id
            )
            for actor, conversation in ((stranger.identity, pair.public_id), (pair.donor.identity, "none")):
                with pytest.raises(NotFound):
                    queries.ground_for(actor, conversation)


@pytest.mark.both_databases
class TestSearch:
    @pytest.mark.parametrize("seed", range(4))
    def test_the_quick_search_finds_what_looking_at_every_place_finds(self, in_app, seed):
        dice = np.random.default_rng(seed)
        kinds = list(Kind)
        latitude, longitude = centre(DAVIS)
        spread = (0.02, 0.2, 0.8, 1.5)[seed]
        places = [
            place(
                f"P{n}",
                latitude + dice.normal(0, spread),
                longitude + dice.normal(0, spread),
                kinds[dice.integers(len(kinds))],
            )
            for n in range(500)
        ]
        listed(*places)
        catalogue = load_catalogue()
        for one, other in ((5, 120), (25, 25), (60, 10), (120, 120), (0, 40)):
            a, b = catalogue.area(AreaId(area(DAVIS))), catalogue.area(AreaId(area(SACRAMENTO)))
            discs = discs_of(a, looked_for(one), b, looked_for(other))
            found = places_within(discs, catalogue.distance(a.id, b.id))
            assert found == fairest(slowly(discs, places))
            assert len(found) <= MOST_SHOWN

    @pytest.mark.parametrize(
        ("latitude", "longitude"), [(-16.8, 179.99), (-16.8, -179.99), (89.9, 20.0), (-89.95, 0.0)]
    )
    def test_also_across_the_antimeridian_and_at_the_poles(self, in_app, latitude, longitude):
        dice = np.random.default_rng(5)
        places = [
            place(
                f"P{n}",
                max(-90, min(90, latitude + dice.normal(0, 0.1))),
                wrapped(longitude + dice.normal(0, 60 if abs(latitude) > 80 else 0.1)),
                list(Kind)[dice.integers(len(Kind))],
            )
            for n in range(200)
        ]
        listed(*places)
        discs = discs_of(area_at(latitude, longitude), 25, area_at(latitude, wrapped(longitude + 0.05), 2), 25)
        found = places_within(discs, 5)
        assert len(found) > 5
        assert found == fairest(slowly(discs, places))


def wrapped(longitude: float) -> float:
    return (longitude + 180) % 360 - 180


def slowly(discs, places: list[PlaceDraft]) -> list[Reached]:
    """Every place that both reach, by looking at all."""
    at = np.array([(each.latitude_e4, each.longitude_e4) for each in places]) / PER_DEGREE
    donor, family = ways_to(discs, at[:, 0], at[:, 1])
    return [
        Reached(each.ref, each.name, each.kind, float(to_donor), float(to_family))
        for each, to_donor, to_family in zip(places, donor, family, strict=True)
        if to_donor <= discs[0].radius and to_family <= discs[1].radius
    ]
