"""Kinds of messages: ready sentences in every language, answers with their day, what may still be changed."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.kernel.errors import Invalid
from app.messaging.rules import (
    EDIT_FOR,
    LANGUAGES,
    MAX_ADDRESS,
    PHRASES,
    Answer,
    Draft,
    Kind,
    clean_address,
    draft,
    in_language,
    may_delete,
    may_edit,
    read_answer,
)

UUID = "0b8f6a52-7f0e-4a53-9c1e-0d7c5f0f1a01"
TODAY = date(2026, 11, 21)
SENT = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.mark.parametrize("key", PHRASES)
def test_every_ready_sentence_is_there_in_every_language(key):
    sentences = PHRASES[key]
    assert tuple(sentences) == LANGUAGES
    assert all(sentence.strip() for sentence in sentences.values())
    assert len(set(sentences.values())) == len(LANGUAGES)


@pytest.mark.parametrize(
    ("language", "read"),
    [("es", "Voy en camino."), ("pt_BR", "Estou a caminho."), ("pt-BR", "Estou a caminho."), ("sv", "I am on my way.")],
)
def test_each_reader_reads_a_sentence_in_their_own_language(language, read):
    assert in_language("on_my_way", language) == read


def test_a_sentence_that_is_no_longer_on_the_list_is_empty():
    assert in_language("gone", "en") == ""


@pytest.mark.parametrize(("body", "payload"), [("thank_you", None), ("", {"phrase": "thank_you"})])
def test_a_ready_sentence_is_sent_by_its_key(body, payload):
    assert draft(UUID, "phrase", body, payload) == Draft(UUID, Kind.PHRASE, "", {"phrase": "thank_you"})


@pytest.mark.parametrize(
    ("kind", "body", "payload", "reply_to", "field"),
    [
        ("phrase", "nothing", None, None, "body"),
        ("phrase", None, None, None, "body"),
        ("phrase", "", {"phrase": ["x"]}, None, "body"),
        ("answer", "", {"state": "avoids"}, None, "reply_to"),
        ("answer", "", {"state": "avoids"}, 0, "reply_to"),
        ("answer", "", {"state": "avoids"}, True, "reply_to"),
        ("answer", "", {"state": "avoids"}, "9" * 20, "reply_to"),
        ("answer", "", {"state": "avoids"}, 2**31, "reply_to"),
        ("picture", "", {"picture": "x"}, None, "kind"),
        ("system", "", {"system": "ended"}, None, "kind"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_field(kind, body, payload, reply_to, field):
    with pytest.raises(Invalid) as refusal:
        draft(UUID, kind, body, payload, reply_to)
    assert list(refusal.value.fields) == [field]


def test_the_place_of_a_question_may_be_typed():
    assert draft(UUID, "answer", "", {"state": "uses"}, "7").reply_to == 7


ANSWERS = {
    "she leaves it out": ({"state": "avoids"}, Answer("avoids")),
    "since a day": ({"state": "avoids", "since": "2026-11-01"}, Answer("avoids", date(2026, 11, 1))),
    "since today": ({"state": "avoids", "since": "2026-11-21"}, Answer("avoids", TODAY)),
    "an empty day is none": ({"state": "avoids", "since": "", "level": ""}, Answer("avoids")),
    "how much": ({"state": "uses", "level": "to_100"}, Answer("uses", level="to_100")),
    "a day beside another answer is left out": ({"state": "uses", "since": "2026-11-01"}, Answer("uses")),
    "how much beside another answer is left out": ({"state": "unknown", "level": "to_100"}, Answer("unknown")),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_an_answer_is_read(case):
    said, read = ANSWERS[case]
    assert read_answer(said, "caffeine", today=TODAY) == read


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "state"),
        (None, "state"),
        ({"state": "yes"}, "state"),
        ({"state": "avoids", "since": "2026-11-22"}, "since"),
        ({"state": "avoids", "since": "1900-01-01"}, "since"),
        ({"state": "avoids", "since": "yesterday"}, "since"),
        ({"state": "avoids", "since": 7}, "since"),
        ({"state": "uses", "level": "thc"}, "level"),
        ({"state": "uses", "level": ["to_100"]}, "level"),
    ],
)
def test_an_answer_nobody_can_mean_is_refused(said, field):
    with pytest.raises(Invalid) as refusal:
        read_answer(said, "caffeine", today=TODAY)
    assert list(refusal.value.fields) == [field]


def test_an_answer_is_stored_with_what_was_said_only():
    assert Answer("avoids", date(2026, 11, 1)).payload("dairy") == {
        "attribute": "dairy", "state": "avoids", "since": "2026-11-01",
    }  # fmt: skip
    assert Answer("unknown").payload("dairy") == {"attribute": "dairy", "state": "unknown"}


@pytest.mark.parametrize(
    ("kind", "age", "may"),
    [
        (Kind.TEXT, timedelta(0), True),
        (Kind.TEXT, EDIT_FOR, True),
        (Kind.TEXT, EDIT_FOR + timedelta(seconds=1), False),
        (Kind.ANSWER, timedelta(0), False),
        (Kind.CARD, timedelta(0), False),
    ],
)
def test_a_text_may_be_edited_for_a_quarter_of_an_hour(kind, age, may):
    assert may_edit(kind, SENT, now=SENT + age) is may


@pytest.mark.parametrize(
    ("kind", "may"),
    [
        *((kind, True) for kind in ("text", "question", "answer", "phrase", "picture")),
        ("card", False),
        ("system", False),
    ],
)
def test_what_a_person_said_may_be_deleted(kind, may):
    assert may_delete(Kind(kind)) is may


def test_an_address_is_put_in_order():
    assert clean_address("  12 Elm Street\u202e \n third door ") == "12 Elm Street \n third door"
    assert len(clean_address("x" * MAX_ADDRESS)) == MAX_ADDRESS


@pytest.mark.parametrize("raw", ["", "  ", "\u202e", None, 7, "x" * (MAX_ADDRESS + 1)])
def test_no_address_and_too_long_an_address_are_refused(raw):
    with pytest.raises(Invalid) as refusal:
        clean_address(raw)
    assert list(refusal.value.fields) == ["address"]
