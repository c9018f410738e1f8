"""Where two families could meet."""

from typing import Any

import pytest
from geopy.distance import geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from app.geo.areas import Area, AreaId
from app.geo.lens import MeetingGround, meeting_ground
from app.kernel.quantities import Kilometres


def area_at(latitude: float, longitude: float, number: int = 1) -> Area:
    return Area(AreaId(number), "A, B", "A", "B", "US", "United States", latitude, longitude, 2000, AreaId(9))


SACRAMENTO, DAVIS = area_at(38.58, -121.49), area_at(38.54, -121.74, 2)
APART = geodesic(SACRAMENTO.centre, DAVIS.centre).km


def meet(a: Area, a_reach: float, b: Area, b_reach: float) -> MeetingGround:
    return meeting_ground(a, Kilometres(a_reach), b, Kilometres(b_reach))


def corners(lens: dict[str, Any]) -> list[tuple[float, float]]:
    """Latitude and longitude in degrees of every corner."""
    points = lens["coordinates"][0] if lens["type"] == "Polygon" else [lens["coordinates"]]
    return [(y / 1000, (x / 1000 + 180) % 360 - 180) for x, y in points]


@pytest.mark.parametrize(("one", "other"), [(15, 15), (25, 5), (60, 60), (5, 120), (120, 5)])
def test_the_lens_lies_within_both_discs(one: float, other: float) -> None:
    ground = meet(SACRAMENTO, one, DAVIS, other)
    assert ground.lens is not None
    for corner in corners(ground.lens):
        assert geodesic(corner, SACRAMENTO.centre).km <= one + 0.15
        assert geodesic(corner, DAVIS.centre).km <= other + 0.15


def test_without_a_shared_place_there_is_no_lens_but_both_discs() -> None:
    ground = meet(SACRAMENTO, 10, DAVIS, 10)
    assert ground.lens is None
    assert ground.middle is None
    assert [disc.radius for disc in ground.discs] == [10, 10]


@pytest.mark.parametrize(("one", "other"), [(0, 25), (25, 0)])
def test_who_does_not_travel_is_met_at_home_area(one: float, other: float) -> None:
    ground = meet(SACRAMENTO, one, DAVIS, other)
    home = SACRAMENTO if one == 0 else DAVIS
    assert ground.lens is not None
    assert ground.lens["type"] == "Point"
    assert ground.middle == home.centre


def test_two_who_do_not_travel_meet_only_inside_one_area() -> None:
    assert meet(SACRAMENTO, 0, SACRAMENTO, 0).middle == SACRAMENTO.centre
    assert meet(SACRAMENTO, 0, DAVIS, 0).lens is None


def test_discs_that_just_touch_share_a_point() -> None:
    length = Kilometres(round(APART, 3) + 0.001)
    ground = meet(SACRAMENTO, 10, DAVIS, length - 10)
    assert ground.lens is not None
    assert ground.middle is not None
    assert geodesic(ground.middle, SACRAMENTO.centre).km == pytest.approx(10, abs=1.2)


def test_a_lens_across_the_antimeridian_stays_in_one_piece() -> None:
    ground = meet(area_at(-16.8, 179.95), 25, area_at(-16.8, -179.95, 2), 25)
    assert ground.lens is not None
    longitudes = [x for x, _ in ground.lens["coordinates"][0]]
    assert max(longitudes) - min(longitudes) < 1000
    assert ground.middle is not None
    assert abs(ground.middle[1]) == pytest.approx(180, abs=0.02)


@given(
    st.integers(-8500, 8500), st.integers(-18000, 18000), st.integers(-60, 60), st.integers(-60, 60),
    st.sampled_from([0, 5, 10, 25, 60, 120]), st.sampled_from([0, 5, 10, 25, 60, 120]),
)  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_there_is_a_lens_exactly_when_both_radii_reach(
    latitude: int, longitude: int, north: int, east: int, one: int, other: int
) -> None:
    a = area_at(latitude / 100, longitude / 100)
    b = area_at((latitude + north) / 100, ((longitude + east) / 100 + 180) % 360 - 180, 2)
    reach = round(geodesic(a.centre, b.centre).km, 3) <= one + other
    assert (meet(a, one, b, other).lens is not None) == reach
