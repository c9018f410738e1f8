"""The index finds everybody within both radii, whatever the place on Earth: held against brute force."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from app.geo.index import RADIUS_CLASSES, Window, index_key, radius_class_of, windows
from app.kernel.quantities import Kilometres

WGS84 = Geod(ellps="WGS84")
LATITUDES = st.floats(-90, 90).map(lambda value: round(value, 2)) | st.sampled_from([-90.0, 90.0, 0.0, 89.99, -89.99])
LONGITUDES = st.floats(-180, 180).map(lambda value: round(value, 2)) | st.sampled_from([-180.0, 180.0, 179.99, -179.99])
CENTRES = st.tuples(LATITUDES, LONGITUDES)
TRAVELS = st.sampled_from([0, 5, 10, 15, 25, 40, 60, 80, 120, 240, 600]).map(Kilometres)


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    return float(WGS84.inv(a[1], a[0], b[1], b[0])[2]) / 1000


def found(seeker: tuple[float, float], radius: Kilometres, post: tuple[float, float], travel: Kilometres) -> bool:
    key = index_key(post[0], travel)
    return any(
        (window.radius_class, window.band) == (key.radius_class, key.band) and window.west <= post[1] <= window.east
        for window in windows(*seeker, radius)
    )


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
    ("travel", "radius_class"), [(0, 0), (0.1, 1), (5, 1), (5.01, 2), (25, 3), (120, 6), (250, 6), (600, 7), (1000, 7)]
)
def test_a_radius_equal_to_a_limit_belongs_to_its_class(travel, radius_class) -> None:
    assert radius_class_of(Kilometres(travel)) == radius_class


@pytest.mark.parametrize("travel", [-1, 1000.5, math.nan])
def test_a_radius_outside_the_classes_is_refused(travel) -> None:
    with pytest.raises(ValueError, match="between 0 and 1000"):
        radius_class_of(Kilometres(travel))


@given(CENTRES, TRAVELS)
def test_windows_never_overlap_and_stay_on_the_map(seeker, radius) -> None:
    by_band: dict[tuple[int, int], list[Window]] = {}
    for window in windows(*seeker, radius):
        assert -180 <= window.west <= window.east <= 180
        by_band.setdefault((window.radius_class, window.band), []).append(window)
    for group in by_band.values():
        group.sort(key=lambda window: window.west)
        assert all(left.east < right.west for left, right in pairwise(group))


def test_a_usual_search_asks_for_a_few_dozen_ranges() -> None:
    assert len(windows(38.58, -121.49, Kilometres(40))) < 80
    assert {window.radius_class for window in windows(0, 0, Kilometres(0))} == set(range(len(RADIUS_CLASSES)))
