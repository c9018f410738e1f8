"""Muting, putting away, looking for words, waiting for an answer, and the one kind reminder."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from app.infra import jobs
from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.errors import Conflict, Invalid, NotFound
from app.messaging import queries, rules, services
from app.messaging.models import Conversation, KindReminder
from app.notifications.models import Notice
from app.notifications.services.outward import GRACE
from tests.at_once import at_once
from tests.conftest import NOW
from tests.messaging.conftest import numbered

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
COUNTER = iter(range(1, 100_000))


@pytest.fixture
def outbox(app):
    """The mails that left."""
    app.extensions["mailman"].outbox = []
    return app.extensions["mailman"].outbox


def say(who, talk, body="Hello", now=NOW, **more):
    sent = {"client_id": numbered(next(COUNTER)), "kind": "text", "body": body} | more
    return services.send(who.identity, talk.public_id, **sent, now=now)


def listed(who, **more):
    return [line.conversation.public_id for line in queries.inbox(who.identity, **more)]


def waits(who):
    return [line.waits for line in queries.inbox(who.identity)]


def notices(who, kind):
    return db.session.scalars(select(Notice).filter_by(user_id=who.id, kind=kind)).all()


@pytest.mark.both_databases
class TestPuttingAway:
    def test_it_leaves_ones_own_list_and_not_the_others(self, in_app, talk, donor, family):
        say(family, talk)
        services.archive(donor.identity, talk.public_id, on=True)
        assert (listed(donor), listed(donor, archived=True)) == ([], [talk.public_id])
        assert listed(family) == [talk.public_id]
        services.archive(donor.identity, talk.public_id, on=False)
        assert (listed(donor), listed(donor, archived=True)) == ([talk.public_id], [])

    @pytest.mark.parametrize("said_before", [True, False])
    def test_the_next_message_brings_it_back(self, said_before, in_app, talk, donor, family):
        if said_before:
            say(family, talk)
        services.archive(donor.identity, talk.public_id, on=True)
        assert listed(donor) == []
        say(family, talk)
        assert listed(donor) == [talk.public_id]
        assert not queries.choices(queries.conversation(talk.id), donor.id).archived

    def test_only_the_two_choose(self, in_app, talk, stranger):
        for choose in (services.mute, services.archive):
            with pytest.raises(NotFound):
                choose(stranger.identity, talk.public_id, on=True)


@pytest.mark.both_databases
class TestMuting:
    @pytest.mark.parametrize(("muted", "mails"), [(True, 0), (False, 1)])
    def test_nothing_leaves_the_site_and_the_notice_is_there(self, muted, mails, in_app, talk, donor, family, outbox):
        services.mute(donor.identity, talk.public_id, on=True)
        services.mute(donor.identity, talk.public_id, on=muted)
        assert queries.choices(queries.conversation(talk.id), donor.id).muted is muted
        say(family, talk)
        later = NOW + services.REMIND_AFTER
        jobs.run_due(now=later)
        jobs.run_due(now=later + GRACE)
        assert len(notices(donor, "message_waiting")) == 1
        assert len(outbox) == mails

    def test_muting_and_putting_away_leave_each_other_alone(self, in_app, talk, donor):
        services.mute(donor.identity, talk.public_id, on=True)
        services.archive(donor.identity, talk.public_id, on=True)
        chosen = queries.choices(queries.conversation(talk.id), donor.id)
        assert (chosen.muted, chosen.archived) == (True, True)
        services.mute(donor.identity, talk.public_id, on=False)
        assert queries.choices(queries.conversation(talk.id), donor.id).archived


@pytest.mark.both_databases
class TestLooking:
    def found(self, who, words):
        return [hit.body for hit in queries.search(who.identity, words)]

    def test_both_find_what_was_said_the_newest_first(self, in_app, talk, donor, family):
        say(donor, talk, "Six bags", NOW)
        say(family, talk, "Many BAGS!", NOW + HOUR)
        for who in (donor, family):
            assert self.found(who, "bags") == ["Many BAGS!", "Six bags"]
        assert [hit.own for hit in queries.search(donor.identity, "bags")] == [False, True]
        assert {hit.other for hit in queries.search(donor.identity, "bags")} == {"Fatima"}

    def test_nobody_finds_the_words_of_others(self, in_app, talk, donor, stranger, other_family):
        say(donor, talk, "Six bags")
        assert self.found(stranger, "bags") == self.found(other_family, "bags") == []

    @pytest.mark.parametrize(("wanted", "count"), [("100%", 1), ("0_", 1), ("%%", 0), ("__", 0), ("\\b", 1)])
    def test_signs_of_patterns_are_only_signs(self, wanted, count, in_app, talk, donor):
        say(donor, talk, "100% sure, 0_o, a\\b")
        say(donor, talk, "1000 plain words")
        assert len(self.found(donor, wanted)) == count

    def test_what_was_deleted_or_waits_is_not_found(self, in_app, talk, donor, family, trust):
        say(donor, talk, "Six bags")
        services.delete_message(donor.identity, talk.public_id, 1, now=NOW)
        trust(donor, 0)
        say(donor, talk, "It is $2 per oz with bags")
        assert self.found(donor, "bags") == self.found(family, "bags") == []

    @pytest.mark.parametrize("typed", ["", "a", " a ", "x" * 101, None])
    def test_what_is_too_short_or_too_long_is_refused(self, typed):
        with pytest.raises(Invalid) as refusal:
            rules.clean_search(typed)
        assert list(refusal.value.fields) == ["q"]

    @given(st.text(max_size=400), st.text(min_size=1, max_size=5))
    def test_the_pieces_shown_are_the_text_itself(self, text, wanted):
        spans = rules.places(text, wanted)
        shown = rules.pieces(text, spans)
        assert "".join(words for words, _ in shown).strip("…") in text
        assert all(words.casefold() == wanted.casefold() or len(words) == len(wanted) for words, on in shown if on)

    def test_a_long_message_is_cut_around_the_place(self):
        text = "a" * 200 + " Bags " + "b" * 200
        shown = rules.pieces(text, rules.places(text, "bags"))
        assert (shown[0], shown[2], shown[-1]) == (("…", False), ("Bags", True), ("…", False))


@pytest.mark.both_databases
class TestWaiting:
    def test_who_spoke_last_waits_and_the_other_is_waited_for(self, in_app, talk, donor, family):
        assert waits(donor) == [False]
        say(family, talk)
        assert (waits(donor), waits(family)) == ([True], [False])
        services.mark_read(donor.identity, talk.public_id, 1, now=NOW)
        assert waits(donor) == [True]
        say(donor, talk)
        assert (waits(donor), waits(family)) == ([False], [True])

    def test_cards_and_deleted_words_are_no_words(self, in_app, talk, donor, family):
        say(family, talk)
        services.post_card(talk.id, family.id, {"handoff": "x"}, now=NOW)
        services.delete_message(family.identity, talk.public_id, 1, now=NOW)
        assert waits(donor) == [False]

    def test_nobody_waits_where_nobody_can_write(self, in_app, talk, donor, family):
        say(family, talk)
        with transaction() as session:
            session.execute(update(Conversation).where(Conversation.id == talk.id).values(closed_at=NOW))
        assert waits(donor) == [False]


class TestUsualTime:
    @pytest.mark.parametrize(("gap", "word"), [
        (HOUR, "hour"), (2 * HOUR, "hours"), (6 * HOUR, "hours"), (DAY, "day"), (DAY + HOUR, "days"),
        (4 * DAY, "later"),
    ])  # fmt: skip
    def test_the_median_in_coarse_words(self, gap, word):
        assert rules.usual_time([gap] * 3 + [timedelta(0)] * 2) == word

    def test_nothing_is_said_before_the_fifth_answer(self):
        assert rules.usual_time([HOUR] * 4) is None
        assert rules.usual_time([HOUR] * 5) == "hour"

    def test_an_answer_is_counted_from_the_first_word_that_waited_within_one_conversation(self):
        turns = [(1, 7, NOW), (1, 8, NOW + HOUR), (1, 7, NOW + 3 * HOUR), (2, 7, NOW), (2, 8, NOW + DAY), (3, 8, NOW)]
        assert rules.answer_times(turns, 8) == [HOUR, DAY]
        assert rules.answer_times(turns, 7) == [2 * HOUR]

    @pytest.mark.both_databases
    def test_it_is_read_from_the_last_ninety_days(self, in_app, talk, donor, family):
        start = NOW - 80 * DAY
        for n in range(5):
            at = start + n * DAY
            say(family, talk, now=at)
            say(family, talk, now=at + HOUR)
            say(donor, talk, now=at + 3 * HOUR)
        assert queries.usually_answers(donor.id, now=NOW) == "hours"
        assert queries.usually_answers(family.id, now=NOW) is None
        assert queries.usually_answers(donor.id, now=NOW + 11 * DAY) is None


@pytest.mark.both_databases
class TestReminding:
    def test_after_two_days_it_may_be_done_once(self, in_app, talk, donor, family):
        say(family, talk)
        with pytest.raises(Conflict):
            services.remind_kindly(family.identity, talk.public_id, now=NOW + 2 * DAY - timedelta(seconds=1))
        for more in (0, 1, 30):
            services.remind_kindly(family.identity, talk.public_id, now=NOW + 2 * DAY + more * DAY)
        [notice] = notices(donor, "answer_waited_for")
        assert notice.params == {"name": "Fatima"}
        assert notice.path == f"/messages/{talk.public_id}"

    def test_pressed_at_once_on_two_phones_it_is_told_once(self, app, talk, donor, family):
        with app.app_context():
            say(family, talk)
        remind = [lambda: services.remind_kindly(family.identity, talk.public_id, now=NOW + 2 * DAY)] * 4
        assert at_once(app, *remind) == [None] * 4
        with app.app_context():
            assert len(notices(donor, "answer_waited_for")) == len(db.session.scalars(select(KindReminder)).all()) == 1

    def test_more_words_begin_no_new_stretch_and_an_answer_does(self, in_app, talk, donor, family):
        say(family, talk)
        services.remind_kindly(family.identity, talk.public_id, now=NOW + 2 * DAY)
        say(family, talk, now=NOW + 3 * DAY)
        services.remind_kindly(family.identity, talk.public_id, now=NOW + 9 * DAY)
        assert len(notices(donor, "answer_waited_for")) == 1
        say(donor, talk, now=NOW + 10 * DAY)
        say(family, talk, now=NOW + 11 * DAY)
        services.remind_kindly(family.identity, talk.public_id, now=NOW + 13 * DAY)
        assert len(notices(donor, "answer_waited_for")) == 2

    def test_only_who_waits_may_remind(self, in_app, talk, donor, family, stranger):
        say(family, talk)
        with pytest.raises(Conflict):
            services.remind_kindly(donor.identity, talk.public_id, now=NOW + 9 * DAY)
        with pytest.raises(NotFound):
            services.remind_kindly(stranger.identity, talk.public_id, now=NOW + 9 * DAY)

    def test_nobody_is_reminded_where_nobody_can_write(self, in_app, talk, family):
        say(family, talk)
        with transaction() as session:
            session.execute(update(Conversation).where(Conversation.id == talk.id).values(closed_at=NOW))
        with pytest.raises(Conflict, match="ended"):
            services.remind_kindly(family.identity, talk.public_id, now=NOW + 9 * DAY)

    def test_reading_settles_it(self, in_app, talk, donor, family):
        say(family, talk)
        services.remind_kindly(family.identity, talk.public_id, now=NOW + 2 * DAY)
        services.mark_read(donor.identity, talk.public_id, 1, now=NOW + 3 * DAY)
        assert notices(donor, "answer_waited_for")[0].read_at is not None


class TestPages:
    def test_the_list_says_who_waits_and_shows_only_those(
        self, app, talk, open_talk, donor, family, other_family, sign_in
    ):
        with app.app_context():
            open_talk(donor, other_family)
            say(family, talk)
        hers = sign_in(donor)
        page = hers.get("/messages?show=waiting").text
        assert "1 family waits for your answer." in page
        assert "Fatima" in page
        assert "Otto" not in page
        assert "1 person waits" not in sign_in(family).get("/messages").text
        hers.post(f"/messages/{talk.public_id}/read", data={"seq": "1"})
        assert "1 family waits for your answer." in hers.get("/").text

    def test_putting_away_and_back_by_form(self, talk, donor, sign_in):
        hers = sign_in(donor)
        address = f"/messages/{talk.public_id}"
        assert hers.post(f"{address}/archive", data={"on": "1"}).status_code == 303
        assert address not in hers.get("/messages").text
        assert address in hers.get("/messages?show=archived").text
        assert "Back into my list" in hers.get(address).text
        hers.post(f"{address}/archive", data={"on": "0"})
        assert address in hers.get("/messages").text

    def test_muting_by_form_is_seen_in_the_list(self, talk, donor, sign_in):
        hers = sign_in(donor)
        assert hers.post(f"/messages/{talk.public_id}/mute", data={"on": "1"}).status_code == 303
        assert "(muted)" in hers.get("/messages").text
        assert "Tell me by mail and phone again" in hers.get(f"/messages/{talk.public_id}").text

    def test_looking_marks_the_words_and_escapes_them(self, app, talk, donor, sign_in):
        with app.app_context():
            say(donor, talk, "six <b>BAGS</b>")
        page = sign_in(donor).get("/messages/search?q=<b>bags").text
        assert "six <mark>&lt;b&gt;BAGS</mark>&lt;/b&gt;" in page
        assert f"/messages/{talk.public_id}?before_seq=2#m1" in page

    def test_looking_for_nothing_and_for_too_little(self, talk, donor, sign_in):
        hers = sign_in(donor)
        assert hers.get("/messages/search").status_code == 200
        assert "Nothing found" in hers.get("/messages/search?q=zebra").text
        refused = hers.get("/messages/search?q=z")
        assert refused.status_code == 422
        assert "between 2 and 100" in refused.text

    def test_reminding_by_form(self, app, talk, donor, family, sign_in, monkeypatch):
        with app.app_context():
            say(family, talk)
        theirs, address = sign_in(family), f"/messages/{talk.public_id}"
        assert "Remind kindly" not in theirs.get(address).text
        assert theirs.post(f"{address}/remind").status_code == 409
        monkeypatch.setattr("app.messaging.routes.shown.utcnow", lambda: NOW + 9 * DAY)
        monkeypatch.setattr("app.messaging.routes.choosing.utcnow", lambda: NOW + 9 * DAY)
        assert "Remind kindly" in theirs.get(address).text
        assert theirs.post(f"{address}/remind").status_code == 303
        assert "You reminded Dana once" in theirs.get(address).text
