"""The donor answers a ready question by one tap; it is told with its day and changes no offer."""

from datetime import timedelta

import pytest
from flask_babel import force_locale

from app.kernel.errors import Invalid
from app.messaging import queries, services, words
from app.messaging.rules import Kind
from app.posts.rules import Fact
from tests.conftest import NOW
from tests.messaging.conftest import numbered

LATER = NOW + timedelta(days=2)


def send(who, talk, n, **more):
    return services.send(who.identity, talk.public_id, **{"client_id": numbered(n), "body": "", "now": NOW} | more)


@pytest.fixture
def asked(in_app, asks, talk, family):
    return send(family, talk, 1, kind="question", body="caffeine")


def answer(who, talk, n, state="avoids", reply_to=1, now=NOW, **more):
    return send(who, talk, n, kind="answer", payload={"state": state} | more, reply_to=reply_to, now=now)


@pytest.mark.both_databases
class TestAnswering:
    def test_it_is_stored_with_its_attribute_and_its_day(self, asked, talk, donor):
        told = answer(donor, talk, 2, since="2026-11-01")
        assert (told.kind, told.reply_to, told.seq) == (Kind.ANSWER, 1, 2)
        assert told.payload == {"attribute": "caffeine", "state": "avoids", "since": "2026-11-01"}
        assert answer(donor, talk, 2, since="2026-11-01") == told
        with pytest.raises(Invalid):
            answer(donor, talk, 2, state="uses")

    def test_only_the_donor_answers_and_only_a_question(self, asked, talk, donor, family):
        send(family, talk, 3, kind="text", body="Hello")
        send(donor, talk, 4, kind="question", body="medicine")
        for who, seq in ((family, 1), (family, 3), (donor, 2), (donor, 3), (donor, 99)):
            with pytest.raises(Invalid) as refusal:
                answer(who, talk, 5, reply_to=seq)
            assert list(refusal.value.fields) == ["reply_to"]

    def test_a_question_taken_back_is_answered_no_more_but_a_sent_answer_stays(self, asked, talk, donor, family):
        told = answer(donor, talk, 2)
        services.delete_message(family.identity, talk.public_id, 1, now=NOW)
        assert answer(donor, talk, 2) == told
        with pytest.raises(Invalid):
            answer(donor, talk, 3)
        services.delete_message(donor.identity, talk.public_id, 2, now=NOW)
        assert answer(donor, talk, 2).deleted_at == NOW

    def test_the_newest_answer_is_told_to_the_two_alone(self, asked, talk, donor, family, stranger):
        public_id = queries.opening(queries.conversation(talk.id)).interest_public_id
        answer(donor, talk, 2)
        answer(donor, talk, 3, state="uses", level="to_100", now=LATER)
        for who in (donor, family):
            [told] = queries.told_in_conversation(who.identity, public_id)
            assert (told.fact, told.at) == (Fact("caffeine", "uses", None, "to_100"), LATER)
        assert queries.told_in_conversation(stranger.identity, public_id) == []
        services.delete_message(donor.identity, talk.public_id, 3, now=LATER)
        assert [told.fact.state for told in queries.told_in_conversation(donor.identity, public_id)] == ["avoids"]


SAID = {
    "since a day": (
        {"state": "avoids", "since": "2026-11-01"},
        "Caffeine: donor reports no caffeine since Nov 1, 2026",
    ),
    "left out": ({"state": "avoids"}, "Caffeine: donor reports no caffeine"),
    "how much": (
        {"state": "uses", "level": "to_100"},
        "Caffeine: donor reports caffeine: up to 100 mg a day (about one cup of coffee)",
    ),
    "not known": ({"state": "unknown"}, "Caffeine: the donor does not know"),
    "a level the catalogue dropped": ({"state": "uses", "level": "gone"}, "Caffeine: donor reports caffeine"),
}


@pytest.mark.parametrize("case", SAID)
def test_an_answer_reads_as_the_donors_word(case, app):
    payload, read = SAID[case]
    with app.test_request_context("/"), force_locale("en_US"):
        assert words.answer({"attribute": "caffeine"} | payload) == read


def test_an_answer_about_what_the_catalogue_dropped_is_still_a_sentence(app):
    with app.test_request_context("/"), force_locale("en_US"):
        assert "old thing" in words.answer({"attribute": "old_thing", "state": "avoids"})
        assert words.answers_to("old_thing")["levels"] == []


def test_each_reads_a_ready_sentence_in_their_own_language(app, in_app, talk, donor, family):
    sent = send(donor, talk, 1, kind="phrase", body="on_my_way")
    with app.test_request_context("/"):
        for language, read in (("es", "Voy en camino."), ("en", "I am on my way.")):
            with force_locale(language):
                assert words.text_of(sent) == read
                assert ("on_my_way", read) in words.phrases()


def test_lines_of_the_system_and_cards_have_a_name(app, in_app, talk, donor):
    ended = services.post_system(talk.id, donor.id, "ended", now=NOW)
    unknown = services.post_system(talk.id, donor.id, "from_the_future", now=NOW)
    cards = [services.post_card(talk.id, donor.id, {kind: "x"}, now=NOW) for kind in ("address", "from_the_future")]
    with app.test_request_context("/"), force_locale("en"):
        assert words.summary(ended, donor.id) == "The conversation has ended."
        assert words.text_of(unknown) == ""
        assert [words.summary(card, donor.id) for card in cards] == ["You: Where to come", "You: A card"]
