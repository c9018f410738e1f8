"""Editing leaves a mark, deleting a tombstone, and phones learn of both; the words before stay as evidence."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.errors import Conflict, Invalid, NotFound
from app.messaging import queries, services
from app.messaging.models import Conversation, EarlierVersion, Message
from app.messaging.rules import KEEP_REPORTED, KEEP_VERSIONS
from app.messaging.services import Nudge
from app.moderation import services as moderation
from app.moderation.models import Case
from app.moderation.queries import targets
from tests.at_once import at_once, raised
from tests.conftest import NOW
from tests.messaging.conftest import numbered

pytestmark = pytest.mark.both_databases

SOON = NOW + timedelta(minutes=5)
LATE = NOW + timedelta(minutes=16)


@pytest.fixture
def say(app):
    count = iter(range(1, 1000))

    def send(who, talk, body="Hello", **more):
        with app.app_context():
            sent = {"client_id": numbered(next(count)), "kind": "text", "body": body, "now": NOW} | more
            return services.send(who.identity, talk.public_id, **sent)

    return send


def now_reads(talk, seq):
    found = queries.message(talk.id, seq)
    return found.body, found.edited_at is not None, found.deleted_at is not None


class TestEditing:
    def test_ones_own_text_is_changed_in_its_place_with_a_mark(self, in_app, say, talk, donor):
        say(donor, talk, "at nine")
        changed = services.edit(donor.identity, talk.public_id, 1, body=" at ten ", now=SOON)
        assert (changed.seq, changed.body, changed.edited_at, changed.change_no) == (1, "at ten", SOON, 1)
        assert queries.conversation(talk.id).last_seq == 1

    def test_the_same_words_change_nothing(self, in_app, say, talk, donor):
        say(donor, talk, "at nine")
        assert services.edit(donor.identity, talk.public_id, 1, body="at nine", now=LATE).edited_at is None

    def test_after_a_quarter_of_an_hour_it_stays(self, in_app, say, talk, donor):
        say(donor, talk, "at nine")
        with pytest.raises(Conflict) as refusal:
            services.edit(donor.identity, talk.public_id, 1, body="at ten", now=LATE)
        assert refusal.value.code == "too_late"
        assert now_reads(talk, 1) == ("at nine", False, False)

    def test_nobody_changes_what_another_wrote(self, in_app, say, talk, donor, family, stranger):
        say(donor, talk, "at nine")
        for who in (family, stranger):
            with pytest.raises(NotFound):
                services.edit(who.identity, talk.public_id, 1, body="at ten", now=SOON)
            with pytest.raises(NotFound):
                services.delete_message(who.identity, talk.public_id, 1, now=SOON)
        assert now_reads(talk, 1) == ("at nine", False, False)

    @pytest.mark.parametrize("body", ["", "  ", None, 7, "x" * 8001])
    def test_what_cannot_be_sent_cannot_be_put_there(self, body, in_app, say, talk, donor):
        say(donor, talk, "at nine")
        with pytest.raises(Invalid):
            services.edit(donor.identity, talk.public_id, 1, body=body, now=SOON)

    @pytest.mark.parametrize("seq", [None, -1, "1", 2**31, True])
    def test_a_place_nobody_can_mean_is_refused(self, seq, in_app, talk, donor):
        with pytest.raises(Invalid):
            services.edit(donor.identity, talk.public_id, seq, body="x", now=SOON)
        with pytest.raises(Invalid):
            services.delete_message(donor.identity, talk.public_id, seq, now=SOON)

    def test_the_screen_reads_an_edit_too(self, in_app, say, talk, donor, family, trust):
        say(donor, talk, "Hello")
        say(family, talk, "Hello")
        trust(family, 0)
        with pytest.raises(Nudge):
            services.edit(donor.identity, talk.public_id, 1, body="$2 per oz", now=SOON)
        services.edit(donor.identity, talk.public_id, 1, body="$2 per oz", confirmed=True, now=SOON)
        with pytest.raises(Invalid):
            services.edit(family.identity, talk.public_id, 2, body="$2 per oz", confirmed=True, now=SOON)
        assert (now_reads(talk, 1)[0], now_reads(talk, 2)[0]) == ("$2 per oz", "Hello")

    def test_an_ended_conversation_is_not_edited_but_ones_own_words_can_be_taken_back(self, in_app, say, talk, donor):
        say(donor, talk, "at nine")
        with transaction() as session:
            session.execute(update(Conversation).where(Conversation.id == talk.id).values(closed_at=NOW))
        with pytest.raises(Conflict):
            services.edit(donor.identity, talk.public_id, 1, body="at ten", now=SOON)
        services.delete_message(donor.identity, talk.public_id, 1, now=LATE)
        assert now_reads(talk, 1) == ("", False, True)

    def test_a_phone_that_sends_the_first_words_again_is_answered_with_what_stands_there(
        self, in_app, say, talk, donor
    ):
        say(donor, talk, "at nine", client_id=numbered(900))
        services.edit(donor.identity, talk.public_id, 1, body="at ten", now=SOON)
        again = say(donor, talk, "at nine", client_id=numbered(900))
        assert (again.seq, again.body) == (1, "at ten")
        with pytest.raises(Invalid):
            say(donor, talk, "at eleven", client_id=numbered(900))


class TestDeleting:
    def test_its_words_go_and_its_place_stays(self, in_app, say, talk, donor, asks, family):
        say(family, talk, "caffeine", kind="question")
        gone = services.delete_message(family.identity, talk.public_id, 1, now=LATE)
        assert (gone.seq, gone.body, gone.payload, gone.deleted_at) == (1, "", None, LATE)
        assert services.delete_message(family.identity, talk.public_id, 1, now=LATE).change_no == 1
        assert queries.ready_questions(queries.conversation(talk.id)) == asks

    def test_what_is_deleted_is_edited_no_more(self, in_app, say, talk, donor):
        say(donor, talk, "at nine")
        services.delete_message(donor.identity, talk.public_id, 1, now=SOON)
        with pytest.raises(Conflict):
            services.edit(donor.identity, talk.public_id, 1, body="at ten", now=SOON)

    def test_a_card_stays(self, in_app, talk, donor):
        services.post_card(talk.id, donor.id, {"handoff": "abc"}, now=NOW)
        with pytest.raises(Conflict):
            services.delete_message(donor.identity, talk.public_id, 1, now=SOON)

    def test_what_was_deleted_waits_for_nobody(self, in_app, say, talk, donor, family):
        say(donor, talk, "at nine")
        services.delete_message(donor.identity, talk.public_id, 1, now=SOON)
        assert queries.unread_total(family.id) == 0
        assert not queries.waits_unread(talk.id, family.id)


class TestCatchingUp:
    def test_changes_are_counted_and_asked_for_by_number(self, in_app, say, talk, donor, family):
        for body in ("a", "b", "c"):
            say(donor, talk, body)
        services.edit(donor.identity, talk.public_id, 2, body="B", now=SOON)
        services.delete_message(donor.identity, talk.public_id, 1, now=SOON)
        conversation = queries.conversation(talk.id)
        assert conversation.change_no == 2
        first = queries.changes_after(conversation, 0, up_to=3)
        assert ([each.seq for each in first.messages], first.change_no, first.more) == ([2, 1], 2, False)
        assert queries.changes_after(conversation, 2, up_to=3).messages == []
        assert [each.seq for each in queries.changes_after(conversation, 0, up_to=1).messages] == [1]
        cut = queries.changes_after(conversation, 0, up_to=3, limit=1)
        assert ([each.seq for each in cut.messages], cut.change_no, cut.more) == ([2], 1, True)

    def test_heads_say_how_far_each_conversation_has_come(
        self, in_app, say, talk, open_talk, donor, family, other_family, stranger
    ):
        second = open_talk(donor, other_family)
        say(donor, talk, "a")
        say(family, talk, "b")
        services.edit(family.identity, talk.public_id, 2, body="B", now=SOON)
        found = {head.conversation: head for head in queries.heads(donor.identity)}
        head = found[talk.public_id]
        assert (head.last_seq, head.change_no, head.read_seq, head.mine_read_seq, head.unread) == (2, 1, 0, 1, 1)
        assert found[second.public_id].last_seq == 0
        assert queries.heads(stranger.identity) == []


class TestEvidence:
    def test_a_report_still_shows_what_was_deleted(self, in_app, say, talk, donor, family):
        say(donor, talk, "ugly words")
        services.edit(donor.identity, talk.public_id, 1, body="nice words", now=SOON)
        services.delete_message(donor.identity, talk.public_id, 1, now=SOON)
        moderation.report(family.identity, "message", f"{talk.public_id}.1", "harassment", "", now=LATE)
        message_id = db.session.scalar(select(Message.id))
        [line] = targets.messages_around(message_id)
        assert (line.said.body, line.said.deleted_at is None) == ("", False)
        assert [earlier.body for earlier in line.before] == ["ugly words", "nice words"]

    def test_what_is_deleted_after_its_report_is_kept_as_long_as_what_was_before(
        self, in_app, say, talk, donor, family
    ):
        for body in ("ugly words", "nobody minds"):
            say(donor, talk, body)
        moderation.report(family.identity, "message", f"{talk.public_id}.1", "harassment", "", now=NOW)
        for seq in (1, 2):
            services.delete_message(donor.identity, talk.public_id, seq, now=NOW)
        services.forget_versions(now=NOW + KEEP_VERSIONS)
        assert db.session.scalars(select(EarlierVersion.body)).all() == ["ugly words"]

    def test_a_moderator_reads_what_was_said_without_typing(
        self, app, say, talk, asks, donor, family, moderator, sign_in
    ):
        say(family, talk, "caffeine", kind="question")
        say(donor, talk, "on_my_way", kind="phrase")
        with app.app_context():
            services.delete_message(donor.identity, talk.public_id, 2, now=SOON)
            moderation.report(family.identity, "message", f"{talk.public_id}.2", "harassment", "", now=SOON)
            case = db.session.scalar(select(Case.public_id))
        page = sign_in(moderator).get(f"/moderation/cases/{case}").text
        assert ("Could you tell me about this" in page, "I am on my way." in page) == (True, True)

    def test_it_goes_after_its_time_unless_it_was_reported(self, in_app, say, talk, donor, family):
        for body in ("first", "second"):
            say(donor, talk, body)
        for seq in (1, 2):
            services.delete_message(donor.identity, talk.public_id, seq, now=NOW)
        moderation.report(family.identity, "message", f"{talk.public_id}.2", "harassment", "", now=NOW)
        assert services.forget_versions(now=NOW + KEEP_VERSIONS - timedelta(seconds=1)) == 0
        assert services.forget_versions(now=NOW + KEEP_VERSIONS) == 1
        assert db.session.scalars(select(EarlierVersion.body)).all() == ["second"]
        assert services.forget_versions(now=NOW + KEEP_REPORTED) == 1


class TestAtOnce:
    def test_an_edit_and_a_deletion_at_once_leave_a_tombstone(self, app, say, talk, donor):
        say(donor, talk, "at nine")
        results = at_once(
            app,
            lambda: services.edit(donor.identity, talk.public_id, 1, body="at ten", now=SOON),
            lambda: services.delete_message(donor.identity, talk.public_id, 1, now=SOON),
        )
        assert all(isinstance(each, Conflict) for each in raised(results)), results
        with app.app_context():
            assert now_reads(talk, 1)[::2] == ("", True)
            assert queries.conversation(talk.id).change_no == (1 if isinstance(results[0], Conflict) else 2)

    def test_changes_and_messages_at_once_get_numbers_of_their_own(self, app, say, talk, donor, family):
        for body in ("a", "b"):
            say(donor, talk, body)
        results = at_once(
            app,
            lambda: services.edit(donor.identity, talk.public_id, 1, body="A", now=SOON),
            lambda: services.delete_message(donor.identity, talk.public_id, 2, now=SOON),
            lambda: services.send(
                family.identity, talk.public_id, client_id=numbered(800), kind="text", body="c", now=SOON
            ),
        )
        assert raised(results) == []
        with app.app_context():
            found = queries.messages_after(talk.id, 0)
            assert [each.seq for each in found] == [1, 2, 3]
            assert sorted(each.change_no for each in found) == [0, 1, 2]
