"""The figures that say what areas cost and hide."""

import numpy as np

from app.geo.areas import AreaCatalogue, TownTable
from app.geo.building import build
from app.geo.measures import trade_off
from app.geo.spread import Places, lay_out, own_population

TOWN = Places(np.array([43.07]), np.array([-89.40]), np.array([280_000]), np.array([0]))
BUILT = build(TOWN)
ZERO = np.zeros(1, dtype=np.int32)
CATALOGUE = AreaCatalogue(1, BUILT, TownTable(["A"], [("", "")], [("US", "United States")], ZERO, ZERO, ZERO, ZERO))
LAYOUT = lay_out(TOWN, own_population(TOWN))


def test_a_region_is_measured_by_its_people() -> None:
    figures = trade_off(CATALOGUE, LAYOUT, 43.07, -89.40, 30)
    assert figures is not None
    assert figures.people == 280_000
    assert 0.3 < figures.median_km < figures.p95_km < 5
    assert 1000 <= figures.p5_households <= figures.median_households
    assert 0 <= figures.dropped < 0.1
    assert 0 <= figures.added < 0.1


def test_a_region_without_people_has_no_figures() -> None:
    assert trade_off(CATALOGUE, LAYOUT, 0, 0, 30) is None
