"""What a plan does at once for many rows is what it would do for each of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.infra.words import gettext
from app.matching.plan import words, writing
from app.matching.plan.choosing import _ordered
from app.matching.rules.many.partners import Partners
from app.matching.rules.rounds import Candidates

NUMBER = st.integers(0, 400_000)
PAIRS = st.lists(st.tuples(NUMBER, NUMBER, st.integers(-3, 12_000)), unique_by=lambda row: row[:2])


@given(PAIRS)
def test_chosen_pairs_stand_by_request_then_by_points_then_by_offer(rows):
    columns = [np.array(column, np.int32) for column in zip(*rows, strict=True)] or [np.empty(0, np.int32)] * 3
    pairs, band = Candidates(*columns), np.arange(len(rows)).astype(np.int8)
    found = _ordered(Partners(pairs, band), np.ones(len(rows), np.bool_))
    told = list(zip(found.request.tolist(), (-found.points).tolist(), found.offer.tolist(), strict=True))
    assert told == sorted((request, -points, offer) for offer, request, points in rows)
    assert sorted(found.band.tolist()) == sorted(band.tolist())


def backwards(text, **values):
    """A language that says the second number first, in quotation marks and beside a percent sign."""
    if "wanted" in values and "moved" in values:
        return f'100 % of "{values["wanted"]}": {values["moved"]}'
    return gettext(text, **values)


def grouped(text, **values):
    """A language that writes numbers in its own way."""
    return gettext(text, **{name: f"{int(value):,}" for name, value in values.items()})


@pytest.mark.parametrize("name", ["proposals.csv", "proposals.jsonl"])
@pytest.mark.parametrize("translate", [gettext, backwards, grouped])
def test_numbers_are_put_into_words_as_each_of_them_would_be_said(name, translate):
    writer = writing.Writer.__new__(writing.Writer)
    writer._form = writing._Form(as_json=name.endswith("jsonl"), explained=False)
    writer._translate = translate
    writer._shapes = [writer._shape(tell) if tell in writing._TELL_NUMBERS else b"" for tell in writing._TELLERS]
    assert any(writer._shapes) == (translate is not grouped)
    for teller, tell in enumerate(writing._TELLERS):
        if tell in {words.enough, words.one_handoff, words.weekly}:
            for one, other in ((0, 0), (750, 10_350), (1_000_000, 1_830_000)):
                said, _ = writer._reason((teller << writing._NUMBER_BITS | one) << writing._NUMBER_BITS | other)
                assert said == writer._form.reason(tell(translate, one, other))
