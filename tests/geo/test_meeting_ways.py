"""Which points lie in the lens: the same from both sides, inside both discs, never fewer with a longer way."""

import numpy as np
import pytest
from geopy.distance import geodesic
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import Point, Polygon

from app.geo.areas import Area, AreaId, Box
from app.geo.lens import meeting_ground
from app.geo.meeting import Disc, Discs, around, at_most, boxes_around, discs_of, ways_to
from app.kernel.quantities import Kilometres

RADII = st.sampled_from([0, 5, 10, 15, 25, 40, 60, 80, 120])
LATITUDES = st.one_of(st.integers(-9000, 9000), st.sampled_from([9000, 8999, 8950, -9000, -8990, 0]))
LONGITUDES = st.one_of(st.integers(-18000, 17999), st.sampled_from([17999, 17950, -18000, -17990, 0]))


def area_at(latitude: float, longitude: float, number: int = 1) -> Area:
    return Area(AreaId(number), "A, B", "A", "B", "US", "United States", latitude, longitude, 2000, AreaId(9))


def wrapped(longitude: float) -> float:
    return (longitude + 180) % 360 - 180


@st.composite
def neighbours(draw) -> tuple[Area, Area]:
    """Two areas that lie within some hundred kilometres, anywhere on Earth."""
    latitude, longitude = draw(LATITUDES) / 100, draw(LONGITUDES) / 100
    north, east = draw(st.integers(-100, 100)) / 100, draw(st.integers(-150, 150)) / 100
    other = max(-90.0, min(90.0, latitude + north))
    return area_at(latitude, longitude), area_at(other, wrapped(longitude + east), 2)


def points_around(a: Area, b: Area, seed: int, many: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Points strewn around both areas, some on the very edges of what is on Earth."""
    dice = np.random.default_rng(seed)
    latitude = np.clip(dice.choice([a.latitude, b.latitude], many) + dice.normal(0, 0.5, many), -90, 90)
    spread = 0.5 / max(0.005, np.cos(np.radians(a.latitude)))
    longitude = wrapped(dice.choice([a.longitude, b.longitude], many) + dice.normal(0, spread, many))
    return latitude, longitude


def inside(discs: Discs, latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    one, other = ways_to(discs, latitude, longitude)
    return (one <= discs[0].radius) & (other <= discs[1].radius)


def holds(boxes: tuple[Box, ...], latitude: float, longitude: float) -> bool:
    return any(box.south <= latitude <= box.north and box.west <= longitude <= box.east for box in boxes)


@given(neighbours(), RADII, RADII, st.integers(0, 2**32 - 1))
@settings(max_examples=150, deadline=None)
def test_the_boxes_hold_every_point_inside_both_discs(pair, one, other, seed):
    discs = discs_of(pair[0], Kilometres(one), pair[1], Kilometres(other))
    latitude, longitude = points_around(*pair, seed)
    boxes = boxes_around(discs)
    for at in np.flatnonzero(inside(discs, latitude, longitude)):
        assert holds(boxes, latitude[at], longitude[at])


@given(neighbours(), RADII, RADII, st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_it_does_not_matter_who_is_named_first(pair, one, other, seed):
    points = points_around(*pair, seed)
    there = inside(discs_of(pair[0], Kilometres(one), pair[1], Kilometres(other)), *points)
    back = inside(discs_of(pair[1], Kilometres(other), pair[0], Kilometres(one)), *points)
    assert there.tolist() == back.tolist()


@given(neighbours(), RADII, RADII, RADII, st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_a_longer_way_never_loses_a_point(pair, one, other, longer, seed):
    assume(longer >= one)
    points = points_around(*pair, seed)
    less = inside(discs_of(pair[0], Kilometres(one), pair[1], Kilometres(other)), *points)
    more = inside(discs_of(pair[0], Kilometres(longer), pair[1], Kilometres(other)), *points)
    assert not np.any(less & ~more)


@given(neighbours(), RADII, RADII, st.floats(0, 130))
@settings(max_examples=60, deadline=None)
def test_a_narrower_look_is_inside_the_wider(pair, one, other, most):
    discs = discs_of(pair[0], Kilometres(one), pair[1], Kilometres(other))
    narrow = at_most(discs, Kilometres(most))
    points = points_around(*pair, 1)
    ways = np.maximum(*ways_to(discs, *points))
    assert inside(narrow, *points).tolist() == (inside(discs, *points) & (ways <= most)).tolist()


@given(
    st.integers(-8000, 8000), st.integers(-18000, 17999), st.integers(-40, 40), st.integers(-40, 40),
    st.sampled_from([15, 25, 60, 120]), st.sampled_from([15, 25, 60, 120]), st.integers(0, 2**32 - 1),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_the_drawn_lens_holds_what_both_reach_but_for_its_corners(latitude, longitude, north, east, one, other, seed):
    a = area_at(latitude / 100, longitude / 100)
    b = area_at((latitude + north) / 100, wrapped((longitude + east) / 100), 2)
    lens = meeting_ground(a, Kilometres(one), b, Kilometres(other)).lens
    assume(lens is not None)
    assume(lens["type"] == "Polygon")
    drawn = Polygon(lens["coordinates"][0])
    points = points_around(a, b, seed)
    discs = discs_of(a, Kilometres(one), b, Kilometres(other))
    # A chord of 72 corners lies less than a thousandth of the radius inside its circle; millidegrees round to 60 m.
    deep = inside(discs_of(a, Kilometres(one * 0.998 - 0.15), b, Kilometres(other * 0.998 - 0.15)), *points)
    wide = inside(discs_of(a, Kilometres(one + 0.15), b, Kilometres(other + 0.15)), *points)
    for lat, lon, is_deep, is_wide in zip(*points, deep, wide, strict=True):
        near = a.longitude + wrapped(lon - a.longitude)
        is_drawn = drawn.covers(Point(near * 1000, lat * 1000))
        assert is_drawn or not is_deep
        assert is_wide or not is_drawn
    assert discs[0].radius == one


def test_ways_are_those_of_another_library():
    discs = Disc(38.55, -121.74, Kilometres(25)), Disc(38.58, -121.49, Kilometres(25))
    one, other = ways_to(discs, np.array([38.6]), np.array([-121.6]))
    assert one[0] == pytest.approx(geodesic((38.55, -121.74), (38.6, -121.6)).km, abs=0.001)
    assert other[0] == pytest.approx(geodesic((38.58, -121.49), (38.6, -121.6)).km, abs=0.001)


class TestBoxes:
    def test_there_are_two_at_the_antimeridian(self):
        boxes = around(area_at(-16.8, 179.95), Kilometres(25))
        assert len(boxes) == 2
        assert {(box.west, box.east) for box in boxes} >= {(-180, boxes[1].east)} | {(boxes[0].west, 180)}
        assert sum(box.east - box.west for box in boxes) == pytest.approx(0.47, abs=0.02)

    def test_a_disc_over_a_pole_goes_all_the_way_round(self):
        assert around(area_at(89.95, 10), Kilometres(25)) == (Box(pytest.approx(89.72, abs=0.01), -180, 90, 180),)

    def test_beside_a_pole_the_narrower_disc_says_how_wide(self):
        far, near = area_at(89.5, 0), area_at(88.6, 0, 2)
        (box,) = boxes_around(discs_of(far, Kilometres(80), near, Kilometres(40)))
        assert -20 < box.west < 0 < box.east < 20

    def test_discs_that_do_not_meet_have_none(self):
        assert boxes_around(discs_of(area_at(0, 0), Kilometres(10), area_at(1, 0, 2), Kilometres(10))) == ()
        assert boxes_around(discs_of(area_at(0, 0), Kilometres(10), area_at(0, 1, 2), Kilometres(10))) == ()

    def test_they_are_narrower_than_either_disc(self):
        one, other = area_at(45, 0), area_at(45, 0.5, 2)
        (both,) = boxes_around(discs_of(one, Kilometres(25), other, Kilometres(25)))
        (alone,) = around(one, Kilometres(25))
        assert both.east - both.west < (alone.east - alone.west) / 2

    def test_a_radius_of_nothing_is_a_point_and_hardly_more(self):
        (box,) = around(area_at(45, 0), Kilometres(0))
        assert box.east - box.west < 0.001
        assert holds((box,), 45, 0)
