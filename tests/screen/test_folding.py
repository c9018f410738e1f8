"""What is looked through is a plain copy, and every stretch of it names the stretch of the original it stands for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.screen.folding import fold


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("at 5, please", "at 5, please"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("ve\u200bn\u00admo", "venmo"),
        ("ven\x00mo\x7f", "venmo"),
        ("＄１", "$1"),
        ("٣ oz", "3 oz"),
        ("ﬁve", "five"),
        ("é", "é"),
        ("", ""),
    ],
)
def test_look_alikes_and_invisible_signs_hide_nothing(text, plain) -> None:
    assert fold(text).text == plain


@given(st.text(st.characters(codec="ascii")))
def test_plain_letters_are_folded_as_they_are_among_others(text) -> None:
    """A sign at the end that is not plain has all of it looked at sign by sign."""
    alone, among = fold(text), fold(text + "é")
    assert (alone.text, alone.origin) == (among.text[:-1], among.origin[:-1])


@given(st.text())
def test_each_sign_of_the_copy_comes_from_one_of_the_original_in_order(text) -> None:
    folded = fold(text)
    assert len(folded.text) == len(folded.origin)
    assert list(folded.origin) == sorted(folded.origin)
    for place in range(len(folded.text)):
        start, end = folded.span(place, place + 1)
        assert 0 <= start < end <= len(text)
