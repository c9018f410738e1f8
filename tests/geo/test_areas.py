"""What must hold of published areas, whoever asks."""

import pytest
from geopy.distance import geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from app.geo.areas import AreaCatalogue, AreaId, UnknownArea
from app.geo.points import NotOnEarth
from app.infra.areas.storage import load_catalogue
from app.kernel.quantities import Kilometres

CATALOGUE = load_catalogue()
LAST = len(CATALOGUE)

areas = st.integers(1, LAST).map(AreaId)
latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)


@pytest.fixture
def catalogue() -> AreaCatalogue:
    return CATALOGUE


@given(areas, areas)
@settings(max_examples=150, deadline=None)
def test_distance_is_the_same_in_both_directions_and_agrees_with_geopy(a: AreaId, b: AreaId) -> None:
    length = CATALOGUE.distance(a, b)
    assert length == CATALOGUE.distance(b, a)
    assert length == pytest.approx(geodesic(CATALOGUE.area(a).centre, CATALOGUE.area(b).centre).km, abs=0.001)


@given(areas, areas)
@settings(max_examples=100, deadline=None)
def test_within_includes_the_limit_itself(a: AreaId, b: AreaId) -> None:
    length = CATALOGUE.distance(a, b)
    assert CATALOGUE.within(a, b, length)
    assert length == 0 or not CATALOGUE.within(a, b, Kilometres(length - 0.001))


@given(latitudes, longitudes)
@settings(max_examples=200, deadline=None)
def test_every_point_on_earth_has_an_area(latitude: float, longitude: float) -> None:
    assert not CATALOGUE.area(CATALOGUE.snap(latitude, longitude)).is_region


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [(90.1, 0), (-91, 0), (0, 180.5), (float("nan"), 0), (0, float("inf")), (0, float("-inf"))],
)
def test_a_point_outside_the_earth_is_refused_without_repeating_it(
    catalogue: AreaCatalogue, latitude: float, longitude: float
) -> None:
    with pytest.raises(NotOnEarth) as refusal:
        catalogue.snap(latitude, longitude)
    assert not any(sign.isdigit() for sign in str(refusal.value))


@pytest.mark.parametrize("number", [0, -1, LAST + 1, True])
def test_an_unknown_area_is_not_found(catalogue: AreaCatalogue, number: int) -> None:
    with pytest.raises(UnknownArea):
        catalogue.area(AreaId(number))
