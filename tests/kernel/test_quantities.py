"""Volumes and lengths keep what they say: ounces and miles exist at the edge only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.quantities import (
    Kilometres,
    Millilitres,
    kilometres_from_miles,
    miles,
    millilitres_from_ounces,
    ounces,
)


@pytest.mark.parametrize(("typed", "stored"), [(0, 0), (1, 30), (4, 118), (10.5, 311), (60, 1774), (2000, 59147)])
def test_ounces_become_whole_millilitres(typed, stored):
    assert millilitres_from_ounces(typed) == stored


@given(st.integers(min_value=0, max_value=5000))
def test_whole_ounces_survive_the_way_there_and_back(typed):
    assert round(ounces(millilitres_from_ounces(typed))) == typed


@given(st.integers(min_value=0, max_value=1_000_000))
def test_a_volume_shown_in_ounces_is_the_same_volume(stored):
    assert millilitres_from_ounces(ounces(Millilitres(stored))) == stored


@given(st.floats(min_value=0, max_value=25_000))
def test_miles_survive_the_way_there_and_back(typed):
    assert miles(kilometres_from_miles(typed)) == pytest.approx(typed)


def test_a_mile_is_longer_than_a_kilometre():
    assert kilometres_from_miles(50) == pytest.approx(80.4672)
    assert miles(Kilometres(80.4672)) == pytest.approx(50)
