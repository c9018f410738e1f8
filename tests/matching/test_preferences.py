"""What a donor prefers orders her own list and nothing else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.matching.rules.preferences import PREFERENCE_POINTS, own_points, preferred
from app.matching.rules.sides import Preference, Supply
from app.posts.rules import PREFERENCES
from tests.matching.generated import PAIRS
from tests.matching.sides import OFFER, REQUEST, apart, points


def test_every_preference_of_the_form_is_known_to_the_rules() -> None:
    assert set(PREFERENCES) == set(Preference)


@pytest.mark.parametrize(
    ("preference", "offer", "request_side", "kilometres", "expected"),
    [
        (Preference.NONE, {}, {}, 7, 0),
        (Preference.FEWEST_HANDOFFS, {"volume": 3000}, {}, 7, 1),
        (Preference.FEWEST_HANDOFFS, {"volume": 6000}, {"need_per_day": 100, "stock": 0}, 7, 0.5),
        (Preference.FEWEST_HANDOFFS, {"volume": 600, "supply": Supply.WEEKLY}, {}, 7, 1),
        (Preference.FEWEST_HANDOFFS, {"volume": 0}, {}, 7, 0),
        (Preference.NEAREST, {}, {}, 7, 1 - 7.5 / 65),
        (Preference.NEAREST, {"travel": 0}, {"travel": 0}, 0, 0),
        (Preference.YOUNGEST, {}, {"baby_age_band": "0_3"}, 7, 1),
        (Preference.YOUNGEST, {}, {"baby_age_band": "12_plus"}, 7, 0),
    ],
)
def test_a_preference_is_a_share_between_nothing_and_all(preference, offer, request_side, kilometres, expected) -> None:
    giving = replace(OFFER, preference=preference, **offer)
    asking = replace(REQUEST, **request_side)
    assert preferred(giving, asking, apart(kilometres)) == pytest.approx(expected)
    total = points(giving, asking, apart(kilometres))
    wanted = total.total + PREFERENCE_POINTS * expected
    assert own_points(total, giving, asking, apart(kilometres)) == pytest.approx(wanted, abs=0.01)


@given(one=PAIRS, other=st.sampled_from(Preference))
def test_a_preference_never_moves_the_points_of_a_pair(one, other) -> None:
    leaning = replace(one.offer, preference=other)
    assert points(leaning, one.request, one.meeting) == points(one.offer, one.request, one.meeting)
    assert 0 <= preferred(leaning, one.request, one.meeting) <= 1
