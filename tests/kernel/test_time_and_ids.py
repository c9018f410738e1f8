"""Moments are aware and UTC; public ids tell nothing."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.ids import PUBLIC_ID_LENGTH, new_public_id
from app.kernel.time import as_utc

ZONES = st.integers(min_value=-14 * 60, max_value=14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1), timezones=ZONES)  # noqa: DTZ001 - bounds only.


@given(MOMENTS)
def test_a_moment_in_utc_is_the_same_moment(moment):
    assert as_utc(moment) == moment
    assert as_utc(moment).tzinfo is UTC


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        as_utc(datetime(2026, 11, 21, 15))  # noqa: DTZ001 - the refused case.


def test_public_ids_are_url_safe_and_never_the_same():
    made = {new_public_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(rf"[\w-]{{{PUBLIC_ID_LENGTH}}}", public_id, re.ASCII) for public_id in made)
