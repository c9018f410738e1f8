"""What most texts are spared: without any of the hints no pattern finds anything in plain letters."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.screen import contacts, money

PLAIN = st.characters(codec="ascii")
PATTERNS = {
    "price": (money._PRICE, money._HINTS),
    "sale": (money._SALE, money._HINTS),
    "paying": (money._PAYING, money._HINTS),
    "link": (contacts._LINK, contacts._LINK_HINTS),
    "domain": (contacts._DOMAIN, contacts._LINK_HINTS),
    "spoken domain": (contacts._SPOKEN_DOMAIN, contacts._LINK_HINTS),
}


@pytest.mark.parametrize("name", PATTERNS)
@given(data=st.data())
def test_whatever_a_pattern_finds_in_plain_letters_holds_a_hint(name, data):
    pattern, hints = PATTERNS[name]
    text = data.draw(st.from_regex(pattern, alphabet=PLAIN))
    assume(pattern.search(text))
    assert any(hint in text.lower() for hint in hints)


@pytest.mark.parametrize("text", ["Half past four at the library?", "See you at the library. I bring 20 oz", ""])
def test_words_about_a_meeting_are_found_nothing_in(text):
    assert list(money.find_money(text)) == []
    assert list(contacts.find_links(text)) == []


@pytest.mark.parametrize("text", ["SELLING MY MILK", "Venmo Me", "ﬁve euros an oz €5 per oz", "EXAMPLE DOT COM"])
def test_capitals_and_other_letters_hide_nothing(text):
    assert [*money.find_money(text), *contacts.find_links(text)] != []
