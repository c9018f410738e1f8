"""How areas are built from public population."""

import dataclasses

import h3.api.basic_int as h3
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.geo.building import SMALLEST_HOUSEHOLDS, BuiltAreas, build
from app.geo.sizes import FINE
from app.geo.spread import Places, lay_out, own_population, radius_km


def places_of(*rows: tuple[float, float, int, int]) -> Places:
    """Rows of latitude, longitude, population, country."""
    lat, lon, people, country = zip(*rows, strict=True)
    return Places(np.array(lat, float), np.array(lon, float), np.array(people), np.array(country))


CITY = (43.07, -89.40, 280_000, 1)
TOWN = (42.96, -89.47, 28_000, 1)
VILLAGE = (43.25, -90.10, 700, 1)
HAMLET = (43.60, -90.40, 60, 1)
REGION = places_of(CITY, TOWN, VILLAGE, HAMLET)

rows = st.tuples(st.floats(42.5, 44), st.floats(-91, -89), st.integers(0, 200_000), st.integers(1, 2))


def same(one: BuiltAreas, other: BuiltAreas) -> bool:
    return all(
        getattr(one, field.name).tobytes() == getattr(other, field.name).tobytes()
        for field in dataclasses.fields(BuiltAreas)
    )


def test_the_same_population_gives_the_same_areas_to_the_last_byte() -> None:
    assert same(build(REGION), build(REGION))


def test_a_place_without_people_builds_nothing() -> None:
    with pytest.raises(ValueError, match="no place with people"):
        build(places_of((43.0, -89.0, 0, 1)))


@given(st.lists(rows, min_size=1, max_size=12))
@settings(max_examples=30, deadline=None)
def test_every_area_but_the_last_one_left_hides_at_least_250_households(
    some: list[tuple[float, float, int, int]],
) -> None:
    if not any(row[2] for row in some):
        return
    built = build(places_of(*some))
    fine = built.wider > 0
    assert fine.sum() == 1 or built.households[fine].min() >= SMALLEST_HOUSEHOLDS
    assert len(np.unique(built.cells)) == len(built.cells)
    assert set(built.cell_area.tolist()) == set(range(1, int(fine.sum()) + 1))


def test_nobody_is_counted_twice_or_lost() -> None:
    built = build(REGION)
    fine = built.wider > 0
    assert built.households[fine].sum() == pytest.approx(own_population(REGION).sum() / 2.5, abs=len(fine))
    assert built.households[~fine].sum() == pytest.approx(built.households[fine].sum(), abs=len(fine))


def test_a_city_gets_several_areas_and_a_hamlet_joins_its_neighbour() -> None:
    built = build(REGION)
    assert (built.wider > 0).sum() > 20
    assert not (built.town[built.wider > 0] == 3).any()


def test_a_small_area_stays_in_its_country_when_it_can() -> None:
    border = places_of((43.0, -89.0, 9000, 1), (43.5, -89.0, 9000, 2), (43.3, -89.0, 300, 1))
    built = build(border)
    hamlet = h3.latlng_to_cell(43.3, -89.0, FINE)
    ancestry = [hamlet, h3.cell_to_parent(hamlet, 6), h3.cell_to_parent(hamlet, 5)]
    row = next(at for at, cell in enumerate(built.cells.tolist()) if cell in ancestry)
    together = built.cells[built.cell_area == built.cell_area[row]].tolist()
    assert len(together) > 1
    assert all(h3.cell_to_latlng(cell)[0] < 43.4 for cell in together)


def test_a_country_too_small_for_an_area_joins_the_nearest_abroad() -> None:
    built = build(places_of((43.0, -89.0, 9000, 1), (43.3, -89.0, 300, 2)))
    assert built.households[built.wider > 0].min() >= SMALLEST_HOUSEHOLDS


def test_parts_of_a_city_are_not_counted_beside_the_city() -> None:
    lyon = places_of((45.75, 4.85, 520_000, 1), (45.79, 4.85, 100_000, 1), (45.71, 4.85, 80_000, 1))
    assert own_population(lyon).tolist() == [340_000, 100_000, 80_000]


def test_parts_that_hold_more_than_the_city_leave_it_nobody() -> None:
    city = places_of((45.75, 4.85, 100_000, 1), (45.78, 4.85, 70_000, 1), (45.72, 4.85, 60_000, 1))
    assert own_population(city)[0] == 0


def test_a_town_across_the_border_takes_nobody_off() -> None:
    twins = places_of((31.76, -106.49, 680_000, 1), (31.74, -106.48, 100_000, 2))
    assert own_population(twins).tolist() == [680_000, 100_000]


@pytest.mark.parametrize(("people", "radius"), [(0, 1.0), (500, 1.0), (6283, 1.0), (25_133, 2.0)])
def test_people_are_spread_over_a_disc_of_two_thousand_a_square_kilometre(people: int, radius: float) -> None:
    assert float(radius_km(people)) == pytest.approx(radius, rel=0.001)


def test_the_layout_keeps_every_person_and_stays_inside_the_disc() -> None:
    layout = lay_out(REGION, own_population(REGION))
    assert layout.people.sum() == pytest.approx(own_population(REGION).sum())
    city = layout.place == 0
    north = (layout.latitude[city] - CITY[0]) * 111.195
    east = (layout.longitude[city] - CITY[1]) * 111.195 * np.cos(np.radians(CITY[0]))
    assert np.hypot(north, east).max() <= float(radius_km(CITY[2])) + 0.01
