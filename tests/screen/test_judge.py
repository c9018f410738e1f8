"""What becomes of a text before others see it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.matching.rules.notes import sound_note
from app.screen.judge import Action, Context, Label, Place, judge
from app.screen.money import asks_money

ASKS_MONEY = "Hi! I can do $2 per oz, see you."
PHONE = "Call me on +1 916 555 0123."
LINK = "Look at https://example.org/milk please"

KNOWN = Context(Place.MESSAGE)
NEWCOMER = Context(Place.MESSAGE, newcomer=True)
AFTER_HELD = Context(Place.MESSAGE, previous_held=True)
FIRST = Context(Place.FIRST_CONTACT, newcomer=True)
POST = Context(Place.POST)

CASES = {
    "a plain message goes on": ("See you on Friday", KNOWN, Action.ALLOW, ()),
    "money from somebody known asks its writer": (ASKS_MONEY, KNOWN, Action.NUDGE, (Label.PAYMENT,)),
    "money from a newcomer waits": (ASKS_MONEY, NEWCOMER, Action.HOLD, (Label.PAYMENT,)),
    "a link from a newcomer waits": (LINK, NEWCOMER, Action.HOLD, (Label.LINK,)),
    "a link from somebody known goes on": (LINK, KNOWN, Action.ALLOW, ()),
    "a phone number after both accepted is fine": (PHONE, NEWCOMER, Action.ALLOW, ()),
    "what follows a held one waits too": ("See you", AFTER_HELD, Action.HOLD, (Label.AFTER_HELD,)),
    "also without words of its own": ("", AFTER_HELD, Action.HOLD, (Label.AFTER_HELD,)),
    "nothing to read goes on": ("", NEWCOMER, Action.ALLOW, ()),
    "money in a first contact stays with its writer": (ASKS_MONEY, FIRST, Action.BLOCK, (Label.PAYMENT,)),
    "a contact in a first contact is pointed out": (PHONE, FIRST, Action.ALLOW, (Label.OFF_PLATFORM,)),
    "money in a post asks its writer": (ASKS_MONEY, POST, Action.NUDGE, (Label.PAYMENT,)),
    "speaking about money is not asking for it": (
        "Somebody asked me for Venmo, is that ok?",
        NEWCOMER,
        Action.ALLOW,
        (),
    ),
    "replacing bags is welcome": ("I can replace the storage bags", NEWCOMER, Action.ALLOW, ()),
}


@pytest.mark.parametrize("case", CASES)
def test_a_text_is_judged_by_what_it_asks_for_and_where(case):
    text, context, action, labels = CASES[case]
    verdict = judge(text, context=context)
    assert (verdict.action, verdict.labels) == (action, labels)
    assert bool(verdict.reason) is (action is not Action.ALLOW)


def test_the_stretch_that_was_seen_is_that_of_the_original():
    text = "Hello \u200b\uff04\uff12 per oz"  # a hidden sign, and wide forms of "$2"
    [(start, end)] = judge(text, context=KNOWN).spans
    assert text[start:end] == "\uff04\uff12 per oz"


@given(st.text(max_size=200), st.sampled_from([KNOWN, NEWCOMER, AFTER_HELD, FIRST, POST]))
def test_no_text_makes_it_fail_and_spans_lie_within(text, context):
    for start, end in judge(text, context=context).spans:
        assert 0 <= start < end <= len(text)


def test_a_first_note_goes_through_the_same_judge():
    assert "916" not in sound_note(PHONE)
    assert asks_money(ASKS_MONEY)
    with pytest.raises(Exception, match="marked fields") as refusal:
        sound_note(ASKS_MONEY)
    assert refusal.value.fields == {"note": [judge(ASKS_MONEY, context=FIRST).reason]}
