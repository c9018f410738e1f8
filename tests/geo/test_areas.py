"""What must hold of published areas, whoever asks: nobody's home can be found."""

import json
import math
import re

import h3.api.basic_int as h3
import numpy as np
import pytest
from geopy.distance import geodesic
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.geo.areas import AreaCatalogue, AreaId, Box, TownTable, UnknownArea
from app.geo.building import SMALLEST_HOUSEHOLDS, build
from app.geo.lens import meeting_ground
from app.geo.outlines import areas_in_box, shape
from app.geo.points import NotOnEarth, Point
from app.geo.sizes import COARSE, FINE
from app.geo.spread import Places
from app.infra.areas.storage import load_catalogue
from app.infra.gazetteer import place_at
from app.kernel.quantities import Kilometres

CATALOGUE = load_catalogue()
LAST = len(CATALOGUE)
SACRAMENTO = (38.58, -121.49)

areas = st.integers(1, LAST).map(AreaId)
radii = st.sampled_from([0, 5, 10, 15, 25, 40, 60, 80, 120]).map(Kilometres)


@pytest.fixture
def catalogue() -> AreaCatalogue:
    return CATALOGUE


def everything_told(area: AreaId, other: AreaId, radius: Kilometres) -> str:
    """Every answer the ground gives about a home in ``area``, as somebody in ``other`` would get it."""
    both = CATALOGUE.area(area), CATALOGUE.area(other)
    return repr((
        both,
        CATALOGUE.distance(area, other),
        CATALOGUE.band(area, other),
        CATALOGUE.within(area, other, radius),
        CATALOGUE.areas_within(area, Kilometres(5)),
        CATALOGUE.nearest(area, 3),
        CATALOGUE.wider(area),
        CATALOGUE.distances_from(other, [area]).tolist(),
        shape(CATALOGUE, area),
        meeting_ground(both[0], radius, both[1], radius),
    ))  # fmt: skip


@given(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3), st.floats(-0.02, 0.02), st.floats(-0.02, 0.02), areas, radii)
@settings(max_examples=40, deadline=None)
def test_two_homes_in_one_area_get_identical_answers_on_every_channel(
    north: float, east: float, aside: float, up: float, other: AreaId, radius: Kilometres
) -> None:
    home = SACRAMENTO[0] + north, SACRAMENTO[1] + east
    neighbour = home[0] + up, home[1] + aside
    first, second = CATALOGUE.snap(*home), CATALOGUE.snap(*neighbour)
    assume(first == second)
    assert everything_told(first, other, radius) == everything_told(second, other, radius)
    assert place_at(*home) == place_at(*neighbour)


@given(areas, radii)
@settings(max_examples=60, deadline=None)
def test_no_answer_holds_a_coordinate_with_more_than_two_decimals(area: AreaId, radius: Kilometres) -> None:
    told = CATALOGUE.area(area)
    ground = meeting_ground(told, radius, CATALOGUE.area(CATALOGUE.nearest(area, 1)[0]), radius)
    text = repr(told) + repr(ground) + json.dumps(shape(CATALOGUE, area))
    assert not re.search(r"\d\.\d{3,}", text)


def test_a_canary_typed_at_the_picker_comes_back_nowhere() -> None:
    canary = 38.573937, -121.487193
    candidate = place_at(*canary)
    assert candidate is not None
    told = everything_told(candidate.area, candidate.area, Kilometres(10)) + repr(candidate) + repr(Point(*canary))
    assert not re.search(r"38\.573|121\.487|573937|487193", told)


@given(areas, areas)
@settings(max_examples=150, deadline=None)
def test_distance_is_the_same_in_both_directions_and_agrees_with_geopy(a: AreaId, b: AreaId) -> None:
    length = CATALOGUE.distance(a, b)
    assert length == CATALOGUE.distance(b, a)
    assert length == pytest.approx(geodesic(CATALOGUE.area(a).centre, CATALOGUE.area(b).centre).km, abs=0.001)


@given(areas)
@settings(max_examples=30, deadline=None)
def test_an_area_is_no_distance_from_itself_and_within_a_radius_of_zero(area: AreaId) -> None:
    assert CATALOGUE.distance(area, area) == 0
    assert CATALOGUE.within(area, area, Kilometres(0))
    assert CATALOGUE.band(area, area).code == "same_area"


@given(areas, areas)
@settings(max_examples=100, deadline=None)
def test_within_includes_the_limit_itself_and_nothing_beyond(a: AreaId, b: AreaId) -> None:
    length = CATALOGUE.distance(a, b)
    assert CATALOGUE.within(a, b, length)
    assert length == 0 or not CATALOGUE.within(a, b, Kilometres(length - 0.001))


@given(areas, st.lists(areas, max_size=20))
@settings(max_examples=50, deadline=None)
def test_distances_to_many_are_the_distances_to_each(a: AreaId, others: list[AreaId]) -> None:
    expected = [CATALOGUE.distance(a, other) for other in others]
    assert CATALOGUE.distances_from(a, others).tolist() == pytest.approx(expected, abs=0.001)


@given(areas, st.floats(0, 300).map(Kilometres))
@settings(max_examples=3, deadline=None)
def test_areas_within_are_exactly_those_at_most_so_far(a: AreaId, radius: Kilometres) -> None:
    everyone = np.arange(1, LAST + 1, dtype=np.int32)
    expected = everyone[CATALOGUE.distances_from(a, everyone) <= radius].tolist()
    assert CATALOGUE.areas_within(a, radius) == expected
    assert a in expected


@given(st.floats(-90, 90), st.floats(-180, 180))
@settings(max_examples=60, deadline=None)
def test_every_point_on_earth_has_an_area(latitude: float, longitude: float) -> None:
    assert not CATALOGUE.area(CATALOGUE.snap(latitude, longitude)).is_region


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(90, 0), (90, 180), (-90, -180), (-90, 77), (0, 180), (0, -180), (-0.0, 0.0)]
)
def test_poles_and_the_antimeridian_have_areas_too(latitude: float, longitude: float) -> None:
    assert CATALOGUE.snap(latitude, longitude) in CATALOGUE


def test_neighbours_across_the_antimeridian_are_near(catalogue: AreaCatalogue) -> None:
    taveuni, rabi = catalogue.snap(-16.85, 179.97), catalogue.snap(-16.85, -179.97)
    assert catalogue.distance(taveuni, rabi) < 120


def test_an_empty_cell_belongs_to_the_nearest_area(catalogue: AreaCatalogue) -> None:
    nevada_desert = (40.75, -119.20)
    found = catalogue.area(catalogue.snap(*nevada_desert))
    here = geodesic(found.centre, nevada_desert).km
    some = [catalogue.area(other) for other in catalogue.areas_between(Box(39.5, -120.5, 42, -118))]
    cell_slack = 3
    assert all(here <= geodesic(other.centre, nevada_desert).km + cell_slack for other in some)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [(90.1, 0), (-91, 0), (0, 180.5), (0, -181), (math.nan, 0), (0, math.inf), (-math.inf, 0)],
)
def test_a_point_outside_the_earth_is_refused_without_repeating_it(
    catalogue: AreaCatalogue, latitude: float, longitude: float
) -> None:
    with pytest.raises(NotOnEarth) as refusal:
        catalogue.snap(latitude, longitude)
    assert not any(sign.isdigit() for sign in str(refusal.value))
    assert place_at(latitude, longitude) is None


@pytest.mark.parametrize("number", [0, -1, LAST + 1, True])
def test_an_unknown_area_is_not_found_by_any_question(catalogue: AreaCatalogue, number: int) -> None:
    unknown, known = AreaId(number), AreaId(1)
    questions = [
        lambda: catalogue.area(unknown),
        lambda: catalogue.wider(unknown),
        lambda: catalogue.nearest(unknown),
        lambda: catalogue.cells_of(unknown),
        lambda: catalogue.areas_within(unknown, Kilometres(5)),
    ]
    for question in questions:
        with pytest.raises(UnknownArea):
            question()
    assert unknown not in catalogue
    assert known in catalogue


@pytest.mark.parametrize("number", [0, LAST + 1])
def test_an_unknown_area_has_no_distance(catalogue: AreaCatalogue, number: int) -> None:
    with pytest.raises(UnknownArea):
        catalogue.distance(AreaId(number), AreaId(5))
    with pytest.raises(UnknownArea):
        catalogue.distances_from(AreaId(1), [AreaId(number)])


def test_nobody_hides_among_fewer_than_250_households() -> None:
    assert int(CATALOGUE.households.min()) >= SMALLEST_HOUSEHOLDS


@given(st.integers(1, LAST).map(AreaId))
@settings(max_examples=60, deadline=None)
def test_a_wider_region_holds_its_areas_and_more_households(area: AreaId) -> None:
    told, region = CATALOGUE.area(area), CATALOGUE.area(CATALOGUE.wider(area))
    assert region.is_region
    assert region.wider is None
    assert region.households >= told.households
    assert region.country == told.country
    assert CATALOGUE.wider(region.id) == region.id
    assert set(CATALOGUE.cells_of(area)) <= set(CATALOGUE.cells_of(region.id))


def test_small_areas_are_marked_so_that_their_members_can_be_told(catalogue: AreaCatalogue) -> None:
    small = next(AreaId(row + 1) for row, count in enumerate(catalogue.households) if count < 1000)
    large = next(AreaId(row + 1) for row, count in enumerate(catalogue.households) if count >= 1000)
    assert catalogue.area(small).is_small
    assert not catalogue.area(large).is_small


@given(areas)
@settings(max_examples=40, deadline=None)
def test_nearest_areas_come_in_order_and_leave_out_the_area_itself(area: AreaId) -> None:
    found = CATALOGUE.nearest(area, 5)
    lengths = [CATALOGUE.distance(area, other) for other in found]
    assert len(found) == 5
    assert area not in found
    assert lengths == pytest.approx(sorted(lengths), rel=0.01)


@given(areas)
@settings(max_examples=40, deadline=None)
def test_every_cell_of_an_area_snaps_back_to_it_or_its_region(area: AreaId) -> None:
    for cell in CATALOGUE.cells_of(area)[:20]:
        fine = h3.cell_to_center_child(cell, FINE)
        snapped = CATALOGUE.snap(*h3.cell_to_latlng(fine))
        assert area in {snapped, CATALOGUE.wider(snapped)}
        assert COARSE <= h3.get_resolution(cell) <= FINE


def test_names_carry_the_state_and_labels_the_country(catalogue: AreaCatalogue) -> None:
    fitchburg = catalogue.area(catalogue.snap(42.96, -89.47))
    assert (fitchburg.name, fitchburg.label) == ("Fitchburg, WI", "Fitchburg, WI, United States")
    assert (fitchburg.town, fitchburg.division, fitchburg.country) == ("Fitchburg", "WI", "US")


def test_a_map_view_shows_areas_then_regions_then_asks_to_come_closer(catalogue: AreaCatalogue) -> None:
    near = areas_in_box(catalogue, Box(38.5, -121.6, 38.65, -121.4))
    assert near["kind"] == "area"
    assert near["complete"]
    assert any(one["name"].startswith("Sacramento") for one in near["shapes"])
    state = areas_in_box(catalogue, Box(36.0, -123.0, 40.0, -119.0))
    assert state["kind"] == "region"
    assert state["shapes"]
    assert areas_in_box(catalogue, Box(-90, -180, 90, 180)) == {"kind": "region", "complete": False, "shapes": []}
    json.dumps([near, state])


def test_an_outline_is_closed_and_lies_around_its_area(catalogue: AreaCatalogue) -> None:
    area = catalogue.snap(*SACRAMENTO)
    drawn = shape(catalogue, area)
    rings = [ring for polygon in drawn["outline"]["coordinates"] for ring in polygon]
    assert all(ring[0] == ring[-1] for ring in rings)
    assert all(abs(y / 1000 - drawn["centre"][0]) < 0.2 for ring in rings for _, y in ring)


def test_an_outline_across_the_antimeridian_stays_in_one_piece() -> None:
    town = Places(np.array([-16.8]), np.array([179.999]), np.array([1500]), np.array([0]))
    zero = np.zeros(1, dtype=np.int32)
    towns = TownTable(["Town"], [("", "")], [("FJ", "Fiji")], zero, zero, zero, zero)
    fiji = AreaCatalogue(1, build(town), towns)
    rings = [ring for polygon in shape(fiji, AreaId(1))["outline"]["coordinates"] for ring in polygon]
    assert max(x for ring in rings for x, _ in ring) > 180_000
    assert all(max(x for x, _ in ring) - min(x for x, _ in ring) < 2000 for ring in rings)
    assert fiji.nearest(AreaId(1)) == []


def test_centres_of_some_areas_are_those_of_all() -> None:
    rows = np.array([0, len(CATALOGUE) - 1, 0])
    latitude, longitude = CATALOGUE.centres(rows)
    assert (latitude.tolist(), longitude.tolist()) == (
        CATALOGUE.latitude[rows].tolist(),
        CATALOGUE.longitude[rows].tolist(),
    )
