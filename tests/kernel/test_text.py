"""Text from outside is stored in one form, with nothing invisible that deceives a reader."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.text import _HIDDEN, MOST_MARKS, one_line, plain_text


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  hello  ", "hello"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("e\u0301", "\u00e9"),
        ("a\u202eb\u2066c\x00d\x1b", "abcd"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("tab\tstays", "tab\tstays"),
        ("lone \ud800 half", "lone  half"),
        ("", ""),
    ],
)
def test_text_is_put_in_order_without_losing_a_word(typed, stored):
    assert plain_text(typed) == stored


def test_no_sign_that_can_be_printed_is_hidden():
    """What spares most texts the look at each sign; the names of all signs come with Python."""
    signs = map(chr, range(sys.maxunicode + 1))
    assert [sign for sign in signs if sign.isprintable() and unicodedata.category(sign) in _HIDDEN] == []


def test_a_pile_of_marks_ends_where_writing_needs_no_more():
    assert plain_text("x" + "\u0330" * 60) == "x" + "\u0330" * MOST_MARKS


def test_one_line_squeezes_every_run_of_blanks():
    assert one_line(" Library,\n\n east   door ") == "Library, east door"


@given(st.text())
def test_text_in_order_stays_as_it_is(typed):
    once = plain_text(typed)
    assert plain_text(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert not {unicodedata.category(sign) for sign in once} & {"Cs", "Co", "Cn"}
