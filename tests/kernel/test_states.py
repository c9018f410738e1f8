"""A life-cycle is a table: what is not in it cannot happen."""

from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Conflict
from app.kernel.states import TransitionTable


class Light(StrEnum):
    RED = "red"
    GREEN = "green"
    BROKEN = "broken"


TABLE = TransitionTable(
    {Light.RED: frozenset({Light.GREEN, Light.BROKEN}), Light.GREEN: frozenset({Light.RED, Light.BROKEN})}
)
LIGHTS = st.sampled_from(Light)


@pytest.mark.parametrize(
    ("current", "wanted", "allowed"),
    [
        (Light.RED, Light.GREEN, True),
        (Light.GREEN, Light.BROKEN, True),
        (Light.BROKEN, Light.RED, False),
        (Light.RED, Light.RED, False),
    ],
)
def test_only_what_the_table_lists_may_follow(current, wanted, allowed):
    assert TABLE.allows(current, wanted) is allowed


def test_a_change_that_holds_already_needs_nothing():
    assert TABLE.require(Light.BROKEN, Light.BROKEN) is False
    assert TABLE.require(Light.RED, Light.GREEN) is True


def test_a_change_that_cannot_be_is_refused_by_name():
    with pytest.raises(Conflict) as refused:
        TABLE.require(Light.BROKEN, Light.GREEN)
    assert refused.value.code == "broken_cannot_become_green"


def test_nothing_follows_a_final_state():
    assert [light for light in Light if TABLE.is_final(light)] == [Light.BROKEN]


@given(LIGHTS, LIGHTS)
def test_a_change_is_made_refused_or_already_there(current, wanted):
    try:
        made = TABLE.require(current, wanted)
    except Conflict:
        assert not TABLE.allows(current, wanted)
        assert current is not wanted
    else:
        assert made is (current is not wanted)
