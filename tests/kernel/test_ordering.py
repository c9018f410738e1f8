"""Rows in the order of their keys, whatever the keys are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.ordering import stable_order


@given(st.lists(st.integers(0, 5)), st.sampled_from([0, 20, 58, 60]))
def test_equal_keys_keep_their_order_however_long_the_keys_are(numbers, bits):
    key = np.array(numbers, np.int64) << bits
    assert stable_order(key).tolist() == np.argsort(key, kind="stable").tolist()


@pytest.mark.parametrize("count", [0, 1])
def test_none_and_one_are_in_order(count):
    assert stable_order(np.zeros(count, np.int64)).tolist() == list(range(count))
