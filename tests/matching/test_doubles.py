"""A pair that stands twice is found, with the compiled loop and without."""

import numpy as np
import pytest

from app.matching.rules.rounds import Candidates
from app.matching.rules.rounds.doubles import any_twice


@pytest.fixture(params=[1, 1 << 40], ids=["compiled", "plain"])
def twice(request, monkeypatch):
    monkeypatch.setattr("app.matching.rules.rounds.doubles.WORTH_COMPILING", request.param)

    def ask(offers, requests):
        offer, request = np.array(offers, np.int32), np.array(requests, np.int32)
        return any_twice(Candidates(offer, request, offer))

    return ask


@pytest.mark.parametrize(
    ("offers", "requests", "expected"),
    [
        ([3, 0, 3], [1, 1, 1], True),
        ([0, 1, 0], [2, 2, 1], False),
        ([1, 0, 2, 1, 0], [0, 1, 0, 1, 0], False),
        ([5, 1, 5], [0, 0, 0], True),
        ([4], [7], False),
    ],
)
def test_only_the_same_offer_and_the_same_request_are_a_pair_twice(twice, offers, requests, expected):
    assert twice(offers, requests) is expected
