"""Bands: what people see of a distance, and what counts when distance earns points."""

import pytest

from app.geo.distance import (
    BANDS,
    ECCENTRICITY2,
    FARTHEST,
    SAME_AREA,
    SEMI_MAJOR_KM,
    TRAVEL_KM,
    TRAVEL_MILES,
    band_of,
    wgs84,
)
from app.kernel.quantities import KM_PER_MILE, Kilometres


@pytest.mark.parametrize(
    ("length", "code"),
    [
        (0, "under_5_km"),
        (4.999, "under_5_km"),
        (5, "under_10_km"),
        (9.999, "under_10_km"),
        (10, "under_25_km"),
        (25, "under_50_km"),
        (50, "under_80_km"),
        (80, "under_160_km"),
        (160, "under_240_km"),
        (239.999, "under_240_km"),
        (240, "over_240_km"),
        (20000, "over_240_km"),
    ],
)
def test_a_band_says_under_and_its_limit_belongs_to_the_next(length: float, code: str) -> None:
    assert band_of(Kilometres(length)).code == code


def test_one_area_is_a_band_of_its_own() -> None:
    assert band_of(Kilometres(0), same_area=True) is SAME_AREA
    assert (SAME_AREA.label_km, SAME_AREA.label_miles) == ("", "")


def test_bands_are_ordered_and_each_middle_lies_inside() -> None:
    assert [band.order for band in BANDS] == list(range(len(BANDS)))
    assert all(band_of(band.middle) is band for band in BANDS[1:])
    assert (FARTHEST.under_km, FARTHEST.label_miles) == (None, "> 150 mi")


def test_miles_are_round_figures_of_the_same_bands() -> None:
    for band in BANDS[1:-1]:
        assert band.under_miles is not None
        assert band.under_km == pytest.approx(band.under_miles * KM_PER_MILE, rel=0.05)
        assert band.label_miles == f"< {band.under_miles} mi"


def test_both_travel_menus_go_entry_by_entry() -> None:
    for kilometres, miles in zip(TRAVEL_KM, TRAVEL_MILES, strict=True):
        assert kilometres == pytest.approx(miles * KM_PER_MILE, rel=0.08)


def test_the_ellipsoid_is_the_one_whose_geodesics_are_measured() -> None:
    assert (wgs84().a / 1000, wgs84().es) == (SEMI_MAJOR_KM, ECCENTRICITY2)
