"""The index finds everybody within both radii, whatever the place on Earth: held against brute force."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from app.geo.index import (
    FIRST_RING,
    RADIUS_CLASSES,
    SLACK,
    Range,
    longest_way,
    own_strips,
    place_of,
    radius_class_of,
    ranges,
    strip_of,
)
from app.kernel.quantities import Kilometres

WGS84 = Geod(ellps="WGS84")
LATITUDES = st.floats(-90, 90).map(lambda value: round(value, 2)) | st.sampled_from([-90.0, 90.0, 0.0, 89.99, -89.99])
LONGITUDES = st.floats(-180, 180).map(lambda value: round(value, 2)) | st.sampled_from([-180.0, 180.0, 179.99, -179.99])
CENTRES = st.tuples(LATITUDES, LONGITUDES)
TRAVELS = st.sampled_from([0, 5, 10, 15, 25, 40, 60, 80, 120, 240, 600]).map(Kilometres)


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    return float(WGS84.inv(a[1], a[0], b[1], b[0])[2]) / 1000


def found(seeker: tuple[float, float], radius: Kilometres, post: tuple[float, float], travel: Kilometres) -> bool:
    strip = strip_of("offer", post[0], travel)
    return any(each.strip == strip and each.west <= post[1] <= each.east for each in ranges("offer", *seeker, radius))


def chord(a: tuple[float, float], b: tuple[float, float]) -> float:
    return math.dist(place_of(*a), place_of(*b))


@given(CENTRES, TRAVELS, CENTRES, TRAVELS)
def test_anybody_within_both_radii_is_in_a_window(seeker, radius, post, travel) -> None:
    if kilometres(seeker, post) <= radius + travel:
        assert found(seeker, radius, post, travel)


@given(CENTRES, TRAVELS, TRAVELS, st.floats(0, 360), st.floats(0, 1))
def test_somebody_close_by_in_any_direction_is_in_a_window(seeker, radius, travel, azimuth, share) -> None:
    metres = share * (radius + travel) * 1000
    longitude, latitude, _ = WGS84.fwd(seeker[1], seeker[0], azimuth, metres)
    post = round(latitude, 2), round(longitude, 2)
    if kilometres(seeker, post) <= radius + travel:
        assert found(seeker, radius, post, travel)


@pytest.mark.parametrize("centre", [(0.0, 0.0), (38.58, -121.49), (90.0, 0.0), (-90.0, 12.0), (10.0, 180.0)])
def test_two_in_one_area_find_each_other_without_travelling(centre) -> None:
    assert found(centre, Kilometres(0), centre, Kilometres(0))


@pytest.mark.parametrize(
    ("seeker", "post"),
    [
        pytest.param((-17.0, 180.0), (-17.0, -180.0), id="the antimeridian written from both sides"),
        pytest.param((-17.0, 179.98), (-17.0, -179.98), id="across the antimeridian going east"),
        pytest.param((-17.0, -179.98), (-17.0, 179.98), id="across the antimeridian going west"),
        pytest.param((89.99, 10.0), (89.99, -170.0), id="across the pole"),
        pytest.param((-90.0, 0.0), (-90.0, 77.0), id="at the pole every longitude is the same place"),
    ],
)
def test_seams_of_the_map_are_no_seams_of_the_search(seeker, post) -> None:
    assert found(seeker, Kilometres(5), post, Kilometres(5))


def test_a_post_on_the_other_side_of_the_country_is_in_no_window() -> None:
    assert not found((38.58, -121.49), Kilometres(120), (43.07, -89.4), Kilometres(120))


def test_a_post_beyond_both_radii_at_the_same_latitude_is_in_no_window() -> None:
    assert not found((38.58, -121.49), Kilometres(10), (38.58, -120.9), Kilometres(10))


@pytest.mark.parametrize(
    ("travel", "radius_class"), [(0, 0), (0.1, 0), (10, 0), (10.01, 1), (40, 1), (120, 2), (120.1, 3), (600, 3)]
)
def test_a_radius_equal_to_a_limit_belongs_to_its_class(travel, radius_class) -> None:
    assert radius_class_of(Kilometres(travel)) == radius_class


@pytest.mark.parametrize("travel", [-1, 600.5, math.nan])
def test_a_radius_outside_the_classes_is_refused(travel) -> None:
    with pytest.raises(ValueError, match="between 0 and 600"):
        radius_class_of(Kilometres(travel))


@given(CENTRES, TRAVELS)
def test_ranges_never_overlap_and_stay_on_the_map(seeker, radius) -> None:
    by_strip: dict[int, list[Range]] = {}
    for each in ranges("request", *seeker, radius):
        assert -180 <= each.west <= each.east <= 180
        by_strip.setdefault(each.strip, []).append(each)
    for group in by_strip.values():
        group.sort(key=lambda each: each.west)
        assert all(left.east < right.west for left, right in pairwise(group))


def test_offers_and_requests_and_the_classes_share_no_strip() -> None:
    strips = [strip_of(kind, latitude, travel) for kind in ("offer", "request") for latitude in (-90, 0, 90)
              for travel in RADIUS_CLASSES]  # fmt: skip
    assert len(set(strips)) == len(strips)


def test_a_usual_search_asks_for_some_dozen_ranges_and_its_first_ring_for_a_few() -> None:
    assert len(ranges("offer", 38.58, -121.49, Kilometres(40))) < 150
    assert len(ranges("offer", 38.58, -121.49, Kilometres(40), within=FIRST_RING)) <= 12


def test_a_traveller_of_600_km_adds_a_handful_of_ranges() -> None:
    far = strip_of("offer", 38.58, Kilometres(600)) >> 12
    assert sum(each.strip >> 12 == far for each in ranges("offer", 38.58, -121.49, Kilometres(40))) <= 4


@given(LATITUDES)
def test_everybody_at_one_latitude_stands_in_one_of_its_own_strips(latitude) -> None:
    assert own_strips("offer", latitude) == [strip_of("offer", latitude, limit) for limit in RADIUS_CLASSES]


@given(CENTRES, CENTRES)
def test_the_chord_is_never_longer_than_the_geodesic(one, other) -> None:
    assert chord(one, other) - SLACK <= kilometres(one, other)


@given(CENTRES, st.floats(0, 360), st.floats(0, 700))
def test_the_two_bounds_are_close_where_people_are(one, azimuth, length) -> None:
    """A metre apart at 100 km: so rarely must a geodesic be measured."""
    longitude, latitude, _ = WGS84.fwd(one[1], one[0], azimuth, length * 1000)
    straight = chord(one, (latitude, longitude))
    assert straight - SLACK <= kilometres(one, (latitude, longitude)) <= longest_way(straight)
    # A sum of floating-point numbers is not right to its last digit: a nanometre is left to it.
    assert longest_way(straight) - straight <= SLACK + straight**3 / 24 / 6300**2 + 1e-12


@given(CENTRES, CENTRES)
def test_the_chord_is_the_same_in_both_directions(one, other) -> None:
    assert chord(one, other) == chord(other, one)
