"""Opening, sending, cards and read marks as use-cases, and what their readers get."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Block
from app.infra import event_bus
from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.errors import Conflict, Invalid, NotFound
from app.messaging import cards, queries, services, words
from app.messaging.events import ConversationOpened, ConversationRead, MessageSent
from app.messaging.models import Conversation, Message
from app.messaging.rules import Kind
from tests.conftest import NOW
from tests.messaging.conftest import CLIENT_ID, accepted_interest

pytestmark = pytest.mark.both_databases

LATER = NOW + timedelta(hours=1)


def numbered(n):
    return f"00000000-0000-4000-8000-{n:012d}"


@pytest.fixture
def say(in_app):
    """Send a text as somebody."""
    count = iter(range(1, 10_000))

    def send(who, talk, body="Hello", *, client_id=None, now=NOW):
        return services.send(
            who.identity, talk.public_id, client_id=client_id or numbered(next(count)), kind="text", body=body, now=now
        )

    return send


@pytest.fixture
def happened(app, monkeypatch):
    """The events recorded during the test."""
    recorded = []
    original = event_bus.record
    monkeypatch.setattr(event_bus, "record", lambda event: (recorded.append(event), original(event)))
    return recorded


def bodies(talk):
    return [message.body for message in queries.messages_after(talk.id, 0)]


def block(one, other):
    with transaction() as session:
        session.add(Block(blocker_id=one.id, blocked_id=other.id, created_at=NOW))


def end(talk):
    with transaction() as session:
        session.execute(update(Conversation).where(Conversation.id == talk.id).values(closed_at=NOW))


class TestOpening:
    def test_an_accepted_interest_opens_one_conversation_however_often_told(self, in_app, donor, family, happened):
        accepted = accepted_interest(donor, family)
        opened = [services.open_conversation(accepted, now=NOW) for _ in range(2)]
        assert opened[0] == opened[1]
        assert [type(event) for event in happened] == [ConversationOpened]
        view = queries.conversation(opened[0])
        assert (view.donor_id, view.family_id, view.last_seq, view.closed) == (donor.id, family.id, 0, False)
        assert queries.conversation_of_interest(accepted.interest_id) == view

    def test_it_opens_in_the_transaction_of_the_acceptance(self, in_app, donor, family):
        accepted = accepted_interest(donor, family)
        seen = []

        def accept_and_fail():
            with transaction():
                event_bus.record(accepted)
                seen.append(queries.conversation_of_interest(accepted.interest_id))
                raise RuntimeError

        with pytest.raises(RuntimeError):
            accept_and_fail()
        assert seen != [None]
        assert queries.conversation_of_interest(accepted.interest_id) is None

    def test_nobody_else_finds_it(self, in_app, talk, donor, family, stranger, moderator):
        for who in (donor, family):
            assert queries.conversation_for(who.identity, talk.public_id).id == talk.id
        for who in (stranger, moderator):
            with pytest.raises(NotFound):
                queries.conversation_for(who.identity, talk.public_id)

    def test_what_does_not_exist_is_not_found(self, in_app, donor, talk):
        with pytest.raises(NotFound):
            queries.conversation_for(donor.identity, "nothing")
        with pytest.raises(NotFound):
            queries.conversation(talk.id + 1)
        with pytest.raises(NotFound):
            queries.message(talk.id, 1)


class TestSending:
    def test_messages_are_numbered_from_one_and_told_to_the_other(self, say, talk, donor, family, happened):
        assert [say(donor, talk, "a").seq, say(family, talk, "b").seq, say(donor, talk, "c").seq] == [1, 2, 3]
        told = [
            (event.seq, event.sender_id, event.recipient_id) for event in happened if isinstance(event, MessageSent)
        ]
        assert told == [(1, donor.id, family.id), (2, family.id, donor.id), (3, donor.id, family.id)]
        assert bodies(talk) == ["a", "b", "c"]

    def test_a_repeated_id_gives_the_first_and_takes_no_number(self, say, talk, donor, happened):
        first = say(donor, talk, "Hello", client_id=CLIENT_ID)
        assert say(donor, talk, " Hello ", client_id=CLIENT_ID.upper(), now=LATER) == first
        assert len([event for event in happened if isinstance(event, MessageSent)]) == 1
        assert say(donor, talk, "next").seq == 2

    def test_two_people_may_happen_to_use_the_same_id(self, say, talk, donor, family):
        assert [say(who, talk, client_id=CLIENT_ID).seq for who in (donor, family)] == [1, 2]

    def test_a_repeated_id_with_other_words_is_refused(self, say, talk, donor):
        say(donor, talk, "Hello", client_id=CLIENT_ID)
        with pytest.raises(Invalid) as refusal:
            say(donor, talk, "Other", client_id=CLIENT_ID)
        assert list(refusal.value.fields) == ["client_id"]
        assert bodies(talk) == ["Hello"]

    def test_a_repeated_id_in_another_conversation_is_refused(self, say, talk, open_talk, donor, other_family):
        say(donor, talk, "Hello", client_id=CLIENT_ID)
        with pytest.raises(Invalid):
            say(donor, open_talk(donor, other_family), "Hello", client_id=CLIENT_ID)

    def test_the_schema_decides_when_two_come_at_once(self, say, talk, donor, monkeypatch):
        """The second looked before the first was there: the unique id, not the look, keeps it single."""
        first = say(donor, talk, "Hello", client_id=CLIENT_ID)
        look, seen = queries.message_of_client, []

        def too_early(*asked):
            seen.append(asked)
            return None if len(seen) == 1 else look(*asked)

        monkeypatch.setattr(queries, "message_of_client", too_early)
        assert say(donor, talk, "Hello", client_id=CLIENT_ID) == first
        assert len(seen) == 2
        assert queries.conversation(talk.id).last_seq == 1

    def test_another_broken_constraint_is_not_taken_for_a_repeat(self, say, talk, donor):
        say(donor, talk)
        with transaction() as session:
            session.execute(update(Conversation).values(last_seq=0))
        with pytest.raises(IntegrityError):
            say(donor, talk)

    def test_a_stranger_writes_nothing(self, say, talk, stranger):
        with pytest.raises(NotFound):
            say(stranger, talk)
        assert bodies(talk) == []

    @pytest.mark.parametrize("which", ["donor blocks", "family blocks", "ended"])
    def test_where_nobody_can_write_any_more_the_refusal_sounds_the_same(self, which, say, talk, donor, family):
        say(donor, talk)
        {
            "donor blocks": lambda: block(donor, family),
            "family blocks": lambda: block(family, donor),
            "ended": lambda: end(talk),
        }[which]()
        refusals = set()
        for who in (donor, family):
            with pytest.raises(Conflict) as refusal:
                say(who, talk)
            refusals.add((refusal.value.code, refusal.value.message))
        assert len(refusals) == 1
        assert bodies(talk) == ["Hello"]
        assert queries.conversation(talk.id).closed

    def test_a_lost_answer_is_given_again_even_after_the_end(self, say, talk, donor):
        first = say(donor, talk, client_id=CLIENT_ID)
        end(talk)
        assert say(donor, talk, client_id=CLIENT_ID) == first

    def test_a_block_with_somebody_else_ends_nothing(self, say, talk, donor, other_family):
        block(donor, other_family)
        assert say(donor, talk).seq == 1

    def test_nothing_is_half_written_when_the_transaction_fails(self, say, talk, donor):
        def say_and_fail():
            with transaction():
                say(donor, talk)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            say_and_fail()
        assert (bodies(talk), queries.conversation(talk.id).last_seq) == ([], 0)


class TestQuestionsAndCards:
    def test_only_an_unknown_of_the_match_can_be_asked_and_once_ready(self, in_app, asks, talk, family):
        sent = services.send(
            family.identity, talk.public_id, client_id=CLIENT_ID, kind="question", body="caffeine", now=NOW
        )
        assert (sent.kind, sent.body, sent.payload) == (Kind.QUESTION, "", {"attribute": "caffeine"})
        assert queries.ready_questions(queries.conversation(talk.id)) == ("medicine",)
        with pytest.raises(Invalid) as refusal:
            services.send(family.identity, talk.public_id, client_id=numbered(2), kind="question", body="pets", now=NOW)
        assert list(refusal.value.fields) == ["body"]

    def test_the_asks_come_from_the_match(self, in_app, talk):
        assert queries.asks_of(talk.interest_id) == ()

    def test_a_card_is_a_message_of_its_sender(self, in_app, talk, donor, family, happened):
        card = services.post_card(talk.id, donor.id, {"handoff": "abc"}, now=NOW)
        assert (card.seq, card.sender_id, card.kind, card.payload) == (1, donor.id, Kind.CARD, {"handoff": "abc"})
        assert [event.recipient_id for event in happened if isinstance(event, MessageSent)] == [family.id]

    def test_no_card_comes_into_an_ended_conversation_or_from_a_stranger(self, in_app, talk, donor, stranger):
        with pytest.raises(Conflict):
            services.post_card(talk.id, stranger.id, {"handoff": "abc"}, now=NOW)
        end(talk)
        with pytest.raises(Conflict):
            services.post_card(talk.id, donor.id, {"handoff": "abc"}, now=NOW)

    def test_cards_are_loaded_once_per_kind_for_their_reader(self, in_app, talk, donor, family, monkeypatch):
        asked = []

        def loader(reader, ids):
            asked.append((reader, list(ids)))
            return {"abc": "a view"}

        monkeypatch.setitem(in_app.extensions, "milkbridge_cards", {})
        cards.register(in_app, "handoff", loader)
        cards.register(in_app, "lot", loader)
        for public_id in ("abc", "def", "abc"):
            services.post_card(talk.id, donor.id, {"handoff": public_id}, now=NOW)
        messages = queries.messages_after(talk.id, 0)
        assert cards.cards_of(family.identity, messages) == {"abc": "a view"}
        assert asked == [(family.identity, ["abc", "def"])]


class TestReading:
    def test_a_mark_only_grows_and_tells_the_other_when_it_does(self, say, talk, donor, family, happened):
        for _ in range(3):
            say(donor, talk)
        happened.clear()
        marks = [services.mark_read(family.identity, talk.public_id, seq, now=LATER) for seq in (2, 1, 2, 3, 0)]
        assert marks == [2, 2, 2, 3, 3]
        told = [
            (event.seq, event.reader_id, event.other_id) for event in happened if isinstance(event, ConversationRead)
        ]
        assert told == [(2, family.id, donor.id), (3, family.id, donor.id)]

    def test_ones_own_words_are_read_and_what_came_before_them_unseen_is_not(self, say, talk, donor, family):
        say(donor, talk)
        say(family, talk)
        assert [queries.read_up_to(talk.id, who.id) for who in (donor, family)] == [1, 0]
        services.mark_read(family.identity, talk.public_id, 2, now=LATER)
        say(family, talk)
        assert [queries.read_up_to(talk.id, who.id) for who in (donor, family)] == [1, 3]

    @pytest.mark.parametrize("seq", [2, -1, None, "1", 10**30])
    def test_a_place_that_does_not_exist_is_refused(self, seq, say, talk, donor, family):
        say(donor, talk)
        with pytest.raises(Invalid):
            services.mark_read(family.identity, talk.public_id, seq, now=NOW)

    def test_a_stranger_marks_nothing_and_a_blocked_one_neither(self, say, talk, donor, family, stranger):
        say(donor, talk)
        with pytest.raises(NotFound):
            services.mark_read(stranger.identity, talk.public_id, 1, now=NOW)
        block(donor, family)
        with pytest.raises(Conflict):
            services.mark_read(family.identity, talk.public_id, 1, now=NOW)

    def test_unread_counts_what_the_other_wrote_in_all_conversations(
        self, say, talk, open_talk, donor, family, other_family, stranger
    ):
        second = open_talk(donor, other_family)
        noise = open_talk(stranger, other_family)
        say(family, talk)
        say(donor, talk)
        say(family, talk)
        say(other_family, second)
        say(stranger, noise)
        assert [queries.unread_total(who.id) for who in (donor, family, other_family)] == [3, 1, 1]
        services.mark_read(donor.identity, talk.public_id, 3, now=LATER)
        say(donor, talk)
        assert [queries.unread_total(who.id) for who in (donor, family)] == [1, 2]
        block(donor, other_family)
        assert queries.unread_total(donor.id) == 0


class TestHistory:
    def test_what_follows_and_what_came_before(self, say, talk, open_talk, donor, family, other_family):
        say(donor, open_talk(donor, other_family), "noise")
        for n in range(1, 8):
            say(donor, talk, f"{n}")
        seqs = [message.seq for message in queries.messages_after(talk.id, 4, limit=2)]
        assert seqs == [5, 6]
        assert queries.messages_after(talk.id, 7) == []
        assert [message.seq for message in queries.messages_before(talk.id, limit=3)] == [5, 6, 7]
        assert [message.seq for message in queries.messages_before(talk.id, 5, limit=3)] == [2, 3, 4]
        assert queries.messages_before(talk.id, 1) == []

    def test_the_list_is_in_the_order_of_the_last_message(self, say, open_talk, donor, family, other_family, stranger):
        quiet = open_talk(donor, stranger, now=NOW)
        older = open_talk(donor, family)
        newer = open_talk(donor, other_family)
        say(donor, older, "first", now=NOW + timedelta(minutes=2))
        say(other_family, newer, "second", now=NOW + timedelta(minutes=1))
        lines = queries.inbox(donor.identity)
        assert [line.conversation.public_id for line in lines] == [older.public_id, newer.public_id, quiet.public_id]
        assert [line.other.display_name for line in lines] == ["Fatima", "Otto", "Sam"]
        assert [line.last and line.last.body for line in lines] == ["first", "second", None]
        assert [line.unread for line in lines] == [0, 1, 0]
        assert queries.inbox(stranger.identity)[0].other.id == donor.id

    def test_the_list_says_in_one_line_what_came_last(self, in_app, say, talk, donor, family):
        assert words.summary(say(donor, talk, "Hello"), family.id) == "Hello"
        assert words.summary(say(donor, talk, "Hello"), donor.id) == "You: Hello"
        card = services.post_card(talk.id, donor.id, {"handoff": "x"}, now=NOW)
        assert words.summary(card, family.id) == "A handoff card"

    @pytest.mark.parametrize(("origin", "writer"), [("yes", "family"), ("invitation", "donor")])
    def test_the_note_belongs_to_whoever_made_the_first_contact(self, origin, writer, in_app, open_talk, donor, family):
        talk = open_talk(donor, family, origin=origin, note="Hello from us")
        opening = queries.opening(queries.conversation(talk.id))
        assert (opening.note, opening.note_by) == ("Hello from us", {"family": family.id, "donor": donor.id}[writer])

    def test_an_attribute_nobody_knows_any_more_is_still_asked_in_words(self, in_app):
        assert "old thing" in words.question("old_thing")
        assert "Dairy" in words.question("dairy")


class TestSchema:
    @pytest.mark.parametrize(
        "change", [{"seq": 1}, {"client_id": numbered(1)}, {"kind": "shout"}], ids=["same number", "same id", "kind"]
    )
    def test_the_database_refuses_what_no_use_case_writes(self, change, say, talk, donor):
        say(donor, talk)
        row = {
            "conversation_id": talk.id, "seq": 2, "sender_id": donor.id, "client_id": numbered(2), "kind": "text",
            "body": "x", "sent_at": NOW, **change,
        }  # fmt: skip
        with pytest.raises(IntegrityError), transaction() as session:
            session.add(Message(**row))
        assert len(db.session.scalars(select(Message)).all()) == 1
