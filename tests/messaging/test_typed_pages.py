"""Answers, ready sentences, changes, addresses and what waits, in a browser without JavaScript."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.infra.clock import utcnow
from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.ids import new_public_id
from app.messaging import queries, services
from app.messaging.models import Conversation
from app.moderation.models import Case
from tests.conftest import NOW
from tests.messaging.conftest import numbered

MONEY = "It is $2 per oz."
JSON = {"Accept": "application/json"}


def write(client, talk, n, body="Hello", **more):
    data = {"client_id": numbered(n), "kind": "text", "body": body} | more
    return client.post(f"/messages/{talk.public_id}", data=data, headers=more.pop("headers", None))


def thread(client, talk):
    return client.get(f"/messages/{talk.public_id}").text


def message(app, talk, seq=1):
    with app.app_context():
        return queries.message(talk.id, seq)


class TestAnswers:
    @pytest.fixture
    def asked(self, app, asks, talk, family):
        with app.app_context():
            services.send(
                family.identity, talk.public_id, client_id=numbered(1), kind="question", body="caffeine", now=NOW
            )

    def test_the_donor_has_a_button_for_each_answer_and_the_family_none(self, asked, talk, donor, family, sign_in):
        hers = thread(sign_in(donor), talk)
        assert [f'name="state" value="{state}"' in hers for state in ("avoids", "uses", "unknown")] == [True] * 3
        assert "up to 100 mg a day" in hers
        assert 'name="state"' not in thread(sign_in(family), talk)

    def test_one_tap_answers_and_offers_to_put_it_into_the_offer(self, app, asked, talk, donor, family, sign_in):
        hers = sign_in(donor)
        sent = write(hers, talk, 2, "", kind="answer", reply_to="1", state="avoids", since="2026-11-01")
        assert (sent.status_code, sent.location) == (303, f"/messages/{talk.public_id}#m2")
        assert message(app, talk, 2).payload == {"attribute": "caffeine", "state": "avoids", "since": "2026-11-01"}
        assert "#facts-caffeine-state" in thread(hers, talk)
        theirs = thread(sign_in(family), talk)
        assert ("donor reports no caffeine since" in theirs, "#facts-caffeine-state" in theirs) == (True, False)

    def test_an_answered_question_has_no_buttons_until_its_answer_is_taken_back(
        self, app, asked, asks, talk, donor, family, sign_in
    ):
        with app.app_context():
            services.send(
                family.identity, talk.public_id, client_id=numbered(2), kind="question", body="medicine", now=NOW
            )
        hers = sign_in(donor)

        def open_questions():
            return re.findall(r'name="reply_to" value="(\d+)"', thread(hers, talk))

        assert open_questions() == ["1", "2"]
        write(hers, talk, 3, "", kind="answer", reply_to="1", state="avoids")
        assert open_questions() == ["2"]
        hers.post(f"/messages/{talk.public_id}/3/delete")
        assert open_questions() == ["1", "2"]

    def test_a_day_that_has_not_come_is_told(self, asked, talk, donor, sign_in):
        answer = write(sign_in(donor), talk, 2, "", kind="answer", reply_to="1", state="avoids", since="2100-01-01")
        assert (answer.status_code, "This day has not come yet." in answer.text) == (422, True)

    def test_the_link_leads_to_the_question_in_the_form_of_the_offer(self, donor, sign_in):
        assert 'id="facts-caffeine-state"' in sign_in(donor).get("/posts/new/offer").text


def test_a_ready_sentence_is_one_tap_and_read_in_the_readers_language(app, talk, donor, family, sign_in):
    hers = sign_in(donor)
    assert "I am on my way." in thread(hers, talk)
    assert write(hers, talk, 1, "on_my_way", kind="phrase").status_code == 303
    assert message(app, talk).payload == {"phrase": "on_my_way"}
    assert write(hers, talk, 2, "nonsense", kind="phrase").status_code == 422


class TestChanging:
    def change(self, talk, seq=1):
        return f"/messages/{talk.public_id}/{seq}"

    @pytest.fixture
    def sent(self, app, talk, donor):
        with app.app_context():
            services.send(
                donor.identity, talk.public_id, client_id=numbered(1), kind="text", body="at nine", now=utcnow()
            )

    def test_ones_own_message_has_a_way_to_change_it(self, app, sent, talk, donor, family, sign_in):
        hers, theirs = sign_in(donor), sign_in(family)
        assert f'href="{self.change(talk)}/change"' in thread(hers, talk)
        assert f'href="{self.change(talk)}/change"' not in thread(theirs, talk)
        page = hers.get(f"{self.change(talk)}/change").text
        assert ("at nine" in page, "/edit" in page, "/delete" in page) == (True, True, True)
        edited = hers.post(f"{self.change(talk)}/edit", data={"body": "at ten"})
        assert (edited.status_code, edited.location) == (303, f"/messages/{talk.public_id}#m1")
        assert ("at ten" in thread(theirs, talk), "data-edited" in thread(theirs, talk)) == (True, True)

    def test_a_deleted_message_leaves_a_tombstone(self, sent, talk, donor, family, sign_in):
        hers, theirs = sign_in(donor), sign_in(family)
        assert hers.post(f"{self.change(talk)}/delete").status_code == 303
        for page in (thread(hers, talk), thread(theirs, talk), theirs.get("/messages").text):
            assert ("at nine" in page, "This message was deleted." in page) == (False, True)
        assert "/edit" not in hers.get(f"{self.change(talk)}/change").text

    def test_after_its_time_it_can_only_be_deleted(self, app, talk, donor, sign_in):
        with app.app_context():
            services.send(
                donor.identity, talk.public_id, client_id=numbered(1), kind="text", body="at nine",
                now=utcnow() - timedelta(hours=1),
            )  # fmt: skip
        hers = sign_in(donor)
        page = hers.get(f"{self.change(talk)}/change").text
        assert ("/edit" in page, "/delete" in page) == (False, True)
        refused = hers.post(f"{self.change(talk)}/edit", data={"body": "at ten"})
        assert (refused.status_code, "can no longer be edited" in refused.text) == (409, True)

    def test_what_cannot_be_put_there_stays_in_the_box_with_the_reason(self, sent, talk, donor, sign_in):
        refused = sign_in(donor).post(f"{self.change(talk)}/edit", data={"body": "x" * 8001})
        assert (refused.status_code, "too long" in refused.text, "x" * 8001 in refused.text) == (422, True, True)

    @pytest.mark.parametrize("seq", [1, 2, "x", "9" * 30, "-1"])
    def test_nobody_else_finds_it_and_nonsense_is_not_found(self, seq, sent, talk, donor, family, stranger, sign_in):
        clients = [sign_in(family), sign_in(stranger)] + ([sign_in(donor)] if seq != 1 else [])
        for client in clients:
            assert client.get(f"{self.change(talk, seq)}/change").status_code == 404
            assert client.post(f"{self.change(talk, seq)}/edit", data={"body": "x"}).status_code == 404
            assert client.post(f"{self.change(talk, seq)}/delete").status_code == 404

    def test_a_script_is_answered_in_data(self, sent, talk, donor, sign_in):
        hers = sign_in(donor)
        edited = hers.post(f"{self.change(talk)}/edit", data={"body": "at ten"}, headers=JSON).json
        assert (edited["ok"], edited["message"]["body"]) == (True, "at ten")
        asked = hers.post(f"{self.change(talk)}/edit", data={"body": MONEY}, headers=JSON)
        assert (asked.status_code, asked.json["code"], asked.json["labels"]) == (422, "nudge", ["payment"])
        assert hers.post(f"{self.change(talk)}/delete", headers=JSON).json["message"]["deleted"] is True

    def test_a_nudged_edit_can_be_saved_as_it_is(self, sent, talk, donor, sign_in):
        hers = sign_in(donor)
        asked = hers.post(f"{self.change(talk)}/edit", data={"body": MONEY})
        assert (asked.status_code, 'name="confirmed"' in asked.text) == (422, True)
        assert hers.post(f"{self.change(talk)}/edit", data={"body": MONEY, "confirmed": "1"}).status_code == 303


class TestScreen:
    def test_a_nudge_keeps_what_was_typed_and_offers_to_send_it(self, app, talk, donor, sign_in):
        hers = sign_in(donor)
        asked = write(hers, talk, 1, MONEY)
        assert (asked.status_code, MONEY in asked.text, 'name="confirmed"' in asked.text) == (422, True, True)
        assert write(hers, talk, 1, MONEY, confirmed="1").status_code == 303
        assert message(app, talk).body == MONEY

    def test_what_is_held_stands_on_its_writers_page_alone(self, app, talk, donor, family, sign_in, trust):
        trust(donor, 0)
        hers, theirs = sign_in(donor), sign_in(family)
        sent = write(hers, talk, 1, MONEY)
        assert (sent.status_code, sent.location) == (303, f"/messages/{talk.public_id}#held")
        assert "waits for a moderator" in thread(hers, talk)
        assert f'action="/messages/{talk.public_id}/take-back"' in thread(hers, talk)
        assert (MONEY in thread(hers, talk), MONEY in thread(theirs, talk)) == (True, False)
        with app.app_context():
            services.refuse_held(queries.held_of(talk.id, donor.id)[0].id, now=NOW)
        page = thread(hers, talk)
        assert ("not sent" in page, 'href="/reports"' in page) == (True, True)

    def test_its_writer_takes_back_what_waits(self, talk, donor, moderator, sign_in, trust):
        trust(donor, 0)
        hers, desk = sign_in(donor), sign_in(moderator)
        write(hers, talk, 1, MONEY)
        case = re.search(r'href="(/moderation/cases/[^"]+)"', desk.get("/moderation").text)[1]
        gone = hers.post(f"/messages/{talk.public_id}/take-back", data={"client_id": numbered(1)})
        assert (gone.status_code, gone.location) == (303, f"/messages/{talk.public_id}")
        assert MONEY not in thread(hers, talk)
        assert "Its author took this back." in desk.get(case).text

    def test_a_script_hears_that_it_waits(self, talk, donor, sign_in, trust):
        trust(donor, 0)
        data = {"client_id": numbered(1), "kind": "text", "body": MONEY}
        answer = sign_in(donor).post(f"/messages/{talk.public_id}", data=data, headers=JSON).json
        assert (answer["ok"], answer["held"]["state"]) == (True, "waiting")

    def test_a_script_hears_what_is_out_of_order(self, talk, donor, sign_in):
        data = {"client_id": numbered(2), "kind": "text", "body": "x", "after": numbered(1)}
        answer = sign_in(donor).post(f"/messages/{talk.public_id}", data=data, headers=JSON)
        assert (answer.status_code, answer.json["code"]) == (409, "out_of_order")

    def test_a_moderator_reads_what_was_held_with_what_the_screen_saw(self, talk, donor, moderator, sign_in, trust):
        trust(donor, 0)
        write(sign_in(donor), talk, 1, MONEY)
        desk = sign_in(moderator)
        case = re.search(r'href="(/moderation/cases/[^"]+)"', desk.get("/moderation").text)[1]
        page = desk.get(case).text
        assert "<mark>$2 per oz</mark>" in page
        assert desk.post(f"{case}/decide", data={"action": "approve"}).status_code == 302

    def test_a_moderator_is_led_to_what_was_written_before(self, app, talk, donor, moderator, sign_in, trust):
        trust(donor, 0)
        for n in (1, 2):
            write(sign_in(donor), talk, n, MONEY)
        with app.app_context():
            first, second = (
                db.session.query(Case).filter_by(target_id=held.id).one().public_id
                for held in queries.held_of(talk.id, donor.id)
            )
        refused = sign_in(moderator).post(f"/moderation/cases/{second}/decide", data={"action": "approve"})
        assert refused.status_code == 409
        assert "An earlier message of this person waits." in refused.text
        assert f'href="/moderation/cases/{first}"' in refused.text


class TestAddress:
    def test_it_is_told_shown_and_taken_back_by_form(self, talk, donor, family, sign_in):
        hers, theirs = sign_in(donor), sign_in(family)
        told = hers.post(
            f"/messages/{talk.public_id}/address", data={"client_id": numbered(1), "address": "12 Elm Street"}
        )
        assert (told.status_code, told.location) == (303, f"/messages/{talk.public_id}#m1")
        assert "12 Elm Street" in thread(theirs, talk)
        hide = re.search(r'action="(/messages/addresses/[^"]+/hide)"', thread(hers, talk))[1]
        assert "/hide" not in thread(theirs, talk)
        assert theirs.post(hide).status_code == 404
        assert hers.post(hide).status_code == 303
        page = thread(theirs, talk)
        assert ("12 Elm Street" in page, "This address is no longer shown." in page) == (False, True)

    def test_what_cannot_be_told_stays_in_its_own_box(self, talk, donor, sign_in):
        long = "Elm " * 100
        refused = sign_in(donor).post(
            f"/messages/{talk.public_id}/address", data={"client_id": numbered(1), "address": long}
        )
        assert (refused.status_code, long.strip() in refused.text, "under 300 characters" in refused.text) == (
            422,
            True,
            True,
        )

    def test_a_stranger_tells_nothing(self, talk, stranger, sign_in):
        answer = sign_in(stranger).post(
            f"/messages/{talk.public_id}/address", data={"client_id": numbered(1), "address": "x"}
        )
        assert answer.status_code == 404


def test_an_unknown_card_and_an_unknown_line_are_calm(app, talk, donor, family, sign_in):
    with app.app_context():
        services.post_card(talk.id, donor.id, {"lot": new_public_id()}, now=NOW)
        services.post_system(talk.id, donor.id, "ended", now=NOW)
        services.post_system(talk.id, donor.id, "from_the_future", now=NOW)
    page = thread(sign_in(family), talk)
    assert [
        words in page
        for words in ("Something that cannot be shown here.", "The conversation has ended.", "Something changed here.")
    ] == [True] * 3


def test_heads_and_changes_are_asked_over_http_too(talk, donor, family, stranger, sign_in):
    hers, theirs = sign_in(donor), sign_in(family)
    for n in (1, 2):
        write(hers, talk, n, f"line {n}")
    hers.post(f"/messages/{talk.public_id}/1/delete")
    assert [each["last_seq"] for each in theirs.get("/messages/heads").json["conversations"]] == [2]
    assert sign_in(stranger).get("/messages/heads").json == {"conversations": []}
    address = f"/messages/{talk.public_id}?after_seq=2&changes_after=0"
    answer = theirs.get(address, headers=JSON).json
    assert ([each["seq"] for each in answer["changes"]], answer["change_no"]) == ([1], 1)


def test_what_was_told_stands_on_the_page_of_the_match(app, asks, talk, donor, family, sign_in):
    with app.app_context():
        for n, who, more in (
            (1, family, {"kind": "question", "body": "caffeine"}),
            (2, donor, {"kind": "answer", "body": "", "payload": {"state": "avoids"}, "reply_to": 1}),
        ):
            services.send(who.identity, talk.public_id, client_id=numbered(n), now=NOW, **more)
        interest = queries.opening(queries.conversation(talk.id)).interest_public_id
    theirs = sign_in(family)
    with theirs:
        theirs.get("/messages")
        told = app.jinja_env.globals["told_in_conversation"](interest)
    assert [each.fact.attribute for each in told] == ["caffeine"]
    template = (app.jinja_env.loader.get_source(app.jinja_env, "matching/pair.html"))[0]
    assert "told_in_conversation" in template


def test_whoever_answers_without_the_script_has_read_what_the_page_showed(app, talk, donor, family, sign_in):
    with app.app_context():
        services.send(donor.identity, talk.public_id, client_id=numbered(1), kind="text", body="Hello", now=NOW)
    theirs = sign_in(family)
    assert 'name="seen" value="1"' in thread(theirs, talk)
    assert [write(theirs, talk, n, seen=seen).status_code for n, seen in ((2, "1"), (3, "999"), (4, "x"))] == [303] * 3
    with app.app_context():
        assert queries.read_up_to(talk.id, family.id) == 4


class TestWhatWasTypedIsKept:
    WORDS = "my long and careful words"

    def test_when_it_is_too_late_to_edit(self, app, talk, donor, sign_in):
        with app.app_context():
            services.send(donor.identity, talk.public_id, client_id=numbered(1), kind="text", body="Hello", now=NOW)
        answer = sign_in(donor).post(f"/messages/{talk.public_id}/1/edit", data={"body": self.WORDS})
        assert (answer.status_code, self.WORDS in answer.text) == (409, True)

    @pytest.mark.parametrize("place", ["", "/address"])
    def test_when_the_conversation_ended_meanwhile(self, app, talk, donor, sign_in, place):
        with app.app_context(), transaction() as session:
            session.execute(update(Conversation).values(closed_at=NOW))
        data = {"client_id": numbered(1), "kind": "text", "body": self.WORDS, "address": self.WORDS}
        answer = sign_in(donor).post(f"/messages/{talk.public_id}{place}", data=data)
        assert (answer.status_code, self.WORDS in answer.text) == (409, True)
        assert self.WORDS not in thread(sign_in(donor), talk)
