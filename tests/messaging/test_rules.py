"""What may be said."""

import unicodedata
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Invalid
from app.messaging.rules import LARGEST_SEQ, MAX_BODY_BYTES, Draft, Kind, clean_client_id, clean_seq, clean_text, draft

UUID = "0b8f6a52-7f0e-4a53-9c1e-0d7c5f0f1a01"

KEPT = {
    "plain": ("Hello", "Hello"),
    "blanks around it go": ("  \n Hello \t\n", "Hello"),
    "blank lines inside stay": ("one\n\n  two\tthree", "one\n\n  two\tthree"),
    "line ends become one kind": ("a\r\nb\rc\u2028d\u2029e\x85f", "a\nb\nc\nd\ne\nf"),
    "letters are composed": ("cafe\u0301", "caf\u00e9"),
    "control signs go": ("a\x00b\x07c\x1b[31md\x7f", "abc[31md"),
    "signs that turn the direction go": ("\u202eolleH\u202c \u2066x\u2069\u200f\u200e\u061c", "olleH x"),
    "lone surrogates go": ("a\ud800b", "ab"),
    "private signs go": ("a\ue000b", "ab"),
    "joiners inside stay": (
        "\U0001f469\u200d\U0001f37c \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\U0001f469\u200d\U0001f37c \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    ),
    "a pile of marks is capped": ("z" + "\u0336" * 60, "z" + "\u0336" * 8),
    "marks of a real script stay": ("\u05e9\u05c1\u05b8", unicodedata.normalize("NFC", "\u05e9\u05c1\u05b8")),
    "markup is only text": ("<b>&amp;", "<b>&amp;"),
}


@pytest.mark.parametrize("case", KEPT)
def test_a_text_is_put_in_order(case):
    raw, stored = KEPT[case]
    assert clean_text(raw) == stored


@pytest.mark.parametrize("raw", ["", "   ", "\n\t", "\x00", "\u202e\u202c", "\u200b\u200d\ufeff", "\u0301", "\u00a0"])
def test_what_says_nothing_is_refused(raw):
    with pytest.raises(Invalid) as refusal:
        clean_text(raw)
    assert refusal.value.fields == {"body": ["Write something first."]}


@pytest.mark.parametrize("raw", [None, 7, True, ["x"], {"x": 1}, b"x"])
def test_what_is_no_text_is_refused(raw):
    with pytest.raises(Invalid) as refusal:
        clean_text(raw)
    assert list(refusal.value.fields) == ["body"]


@pytest.mark.parametrize("letter", ["x", "\u00e9", "\u20ac", "\U0001f37c"])
def test_the_limit_counts_bytes(letter):
    most = MAX_BODY_BYTES // len(letter.encode())
    assert clean_text(letter * most) == letter * most
    with pytest.raises(Invalid):
        clean_text(letter * (most + 1))


@given(st.text(alphabet=st.characters(), max_size=80))
def test_putting_in_order_twice_changes_nothing_and_leaves_no_hidden_sign(raw):
    try:
        text = clean_text(raw)
    except Invalid:
        return
    assert clean_text(text) == text
    assert all(unicodedata.category(sign) not in {"Cc", "Cs", "Co"} or sign in "\n\t" for sign in text)
    assert len(text.encode()) <= MAX_BODY_BYTES


@given(st.uuids())
def test_any_uuid_is_an_id_in_one_spelling(number):
    assert clean_client_id(number.hex.upper()) == clean_client_id(str(number)) == str(number)


@pytest.mark.parametrize("raw", ["", "1", "x" * 36, UUID + "0", None, 7, ["x"], uuid.UUID(UUID)])
def test_anything_else_is_no_id(raw):
    with pytest.raises(Invalid) as refusal:
        clean_client_id(raw)
    assert list(refusal.value.fields) == ["client_id"]


@pytest.mark.parametrize("raw", [0, 1, LARGEST_SEQ])
def test_a_number_in_range_is_a_place(raw):
    assert clean_seq(raw) == raw


@pytest.mark.parametrize("raw", [-1, LARGEST_SEQ + 1, 10**30, 1.0, "1", True, None, float("nan"), [1]])
def test_anything_else_is_no_place(raw):
    with pytest.raises(Invalid) as refusal:
        clean_seq(raw, field="after_seq")
    assert list(refusal.value.fields) == ["after_seq"]


def test_a_text_is_drafted_without_payload():
    assert draft(UUID, "text", " Hello ", {"handoff": "x"}) == Draft(UUID, Kind.TEXT, "Hello", None)


@pytest.mark.parametrize(("body", "payload"), [("caffeine", None), ("", {"attribute": "caffeine"})])
def test_a_question_names_its_attribute_and_carries_no_text(body, payload):
    assert draft(UUID, "question", body, payload) == Draft(UUID, Kind.QUESTION, "", {"attribute": "caffeine"})


@pytest.mark.parametrize(
    ("kind", "body", "payload", "field"),
    [
        ("card", "", {"handoff": "x"}, "kind"),
        ("system", "x", None, "kind"),
        ("", "x", None, "kind"),
        (None, "x", None, "kind"),
        (["text"], "x", None, "kind"),
        ("question", None, None, "body"),
        ("question", "x", {"attribute": 7}, "body"),
        ("question", "x", {}, "body"),
    ],
)
def test_people_send_texts_and_questions_only(kind, body, payload, field):
    with pytest.raises(Invalid) as refusal:
        draft(UUID, kind, body, payload)
    assert list(refusal.value.fields) == [field]
