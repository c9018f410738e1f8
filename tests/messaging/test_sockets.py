"""What two live pages see, and what nobody else does."""

import pytest
from sqlalchemy import update

from app.accounts.models import Block, User
from app.infra import event_bus
from app.infra.transaction import transaction
from app.messaging import services, signs
from app.messaging.events import ConversationRead, MessageSent
from app.messaging.models import Conversation
from tests.conftest import NOW
from tests.messaging.conftest import CLIENT_ID
from tests.sockets import hangs_up


def says(talk, body="Hello", client_id=CLIENT_ID, kind="text"):
    return {"conversation": talk.public_id, "client_id": client_id, "kind": kind, "body": body}


def numbered(n):
    return f"00000000-0000-4000-8000-{n:012d}"


def test_a_message_appears_on_the_other_page(talk, donor, family, phone):
    hers, theirs = phone(donor), phone(family)
    answer = hers.ask("message.send", says(talk))
    assert answer["ok"], answer
    assert answer["seq"] == 1
    [message] = theirs.heard("message.new")
    assert (message["seq"], message["body"], message["mine"]) == (1, "Hello", False)
    assert "client_id" not in message


def test_the_senders_other_page_hears_it_too(talk, donor, phone):
    first, second = phone(donor), phone(donor)
    first.ask("message.send", says(talk))
    [message] = second.heard("message.new")
    assert (message["mine"], message["client_id"]) == (True, CLIENT_ID)


def test_a_repeated_client_id_is_answered_with_the_first_and_told_once(talk, donor, family, phone):
    hers, theirs = phone(donor), phone(family)
    assert hers.ask("message.send", says(talk))["seq"] == hers.ask("message.send", says(talk))["seq"] == 1
    assert len(theirs.heard("message.new")) == 1


def test_a_page_that_comes_late_catches_up_and_is_told_when_there_is_more(talk, donor, family, phone):
    hers = phone(donor)
    for n in range(1, 4):
        hers.ask("message.send", says(talk, f"line {n}", numbered(n)))
    answer = phone(family).ask("conversation.open", {"id": talk.public_id, "after_seq": 1})
    assert [message["seq"] for message in answer["messages"]] == [2, 3]
    assert (answer["last_seq"], answer["read_seq"], answer["more"]) == (3, 3, False)


def test_reading_is_shown_to_the_writer(talk, donor, family, phone):
    hers, theirs = phone(donor), phone(family)
    hers.ask("message.send", says(talk))
    hers.heard("message.read")
    assert theirs.ask("message.read", {"conversation": talk.public_id, "seq": 1}) == {"ok": True, "seq": 1}
    assert hers.heard("message.read") == [{"conversation": talk.public_id, "seq": 1, "mine": False}]


def test_typing_is_shown_to_the_other_once_in_two_seconds(talk, donor, family, phone):
    hers, theirs = phone(donor), phone(family)
    shown = [hers.ask("typing", {"conversation": talk.public_id})["shown"] for _ in range(3)]
    assert shown == [True, False, False]
    assert theirs.heard("typing") == [{"conversation": talk.public_id}]
    assert hers.heard("typing") == []


def events_of(talk):
    return {
        "conversation.open": {"id": talk.public_id, "after_seq": 0},
        "message.send": says(talk),
        "message.read": {"conversation": talk.public_id, "seq": 0},
        "typing": {"conversation": talk.public_id},
    }


EVENTS = ("conversation.open", "message.send", "message.read", "typing")


@pytest.mark.parametrize("event", EVENTS)
def test_one_of_the_two_may(event, talk, donor, phone):
    assert phone(donor).ask(event, events_of(talk)[event])["ok"]


@pytest.mark.parametrize("event", EVENTS)
def test_a_stranger_may_not_and_learns_nothing(event, talk, donor, family, stranger, phone):
    outsider, hers, theirs = phone(stranger), phone(donor), phone(family)
    answer = outsider.ask(event, events_of(talk)[event])
    assert answer["error"]["code"] == "not_found"
    assert [hers.socket.get_received(), theirs.socket.get_received()] == [[], []]
    hers.ask("message.send", says(talk))
    assert outsider.socket.get_received() == []


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("who_blocks", ["donor", "family"])
def test_a_blocked_pair_neither_sends_nor_hears(event, who_blocks, app, talk, donor, family, phone):
    hers, theirs = phone(donor), phone(family)
    blocker, blocked = (donor, family) if who_blocks == "donor" else (family, donor)
    with app.app_context(), transaction() as session:
        session.add(Block(blocker_id=blocker.id, blocked_id=blocked.id, created_at=NOW))
    assert hers.ask(event, events_of(talk)[event])["error"]["code"] == "conversation_closed"
    assert [hers.socket.get_received(), theirs.socket.get_received()] == [[], []]


@pytest.mark.parametrize("event", EVENTS)
def test_a_closed_account_neither_sends_nor_hears(event, app, talk, donor, family, phone):
    hers, theirs = phone(donor), phone(family)
    with app.app_context(), transaction() as session:
        session.execute(update(User).where(User.id == donor.id).values(active=False))
    theirs.ask("message.send", says(talk))
    theirs.ask("typing", {"conversation": talk.public_id})
    assert hers.socket.get_received() == []
    theirs.socket.get_received()
    assert hers.ask(event, events_of(talk)[event])["error"]["code"] == "signed_out"
    assert theirs.socket.get_received() == []
    assert hangs_up(hers)


@pytest.mark.parametrize("event", EVENTS)
def test_after_sign_out_the_open_socket_is_hung_up_and_says_nothing(event, talk, donor, family, phone):
    hers, theirs = phone(donor), phone(family)
    hers.client.post("/logout")
    assert hers.heard("session.ended") == [{}]
    assert not hers.connected
    theirs.ask("message.send", says(talk))
    assert hers.heard("message.new") == []
    with pytest.raises(RuntimeError):
        hers.ask(event, events_of(talk)[event])


def test_a_burst_of_two_hundred_arrives_in_order(talk, donor, family, phone):
    hers, theirs = phone(donor), phone(family)
    answers = [hers.ask("message.send", says(talk, f"line {n}", numbered(n))) for n in range(1, 201)]
    assert [answer["seq"] for answer in answers] == list(range(1, 201))
    heard = theirs.heard("message.new")
    assert [(message["seq"], message["body"]) for message in heard] == [(n, f"line {n}") for n in range(1, 201)]


BAD = {
    "nothing": ("message.send", ()),
    "no object": ("message.send", ("text",)),
    "two payloads": ("message.send", ({}, {})),
    "no conversation": ("message.send", ({"client_id": CLIENT_ID, "body": "x"},)),
    "a list for the conversation": ("conversation.open", ({"id": ["x"]},)),
    "a negative number": ("conversation.open", ({"id": "x", "after_seq": -1},)),
    "a huge number": ("conversation.open", ({"id": "x", "after_seq": 10**30},)),
    "true for a number": ("message.read", ({"conversation": "x", "seq": True},)),
    "a number for typing": ("typing", ({"conversation": 7},)),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_answered_and_the_connection_kept(case, talk, donor, phone):
    event, payload = BAD[case]
    hers = phone(donor)
    answer = hers.ask(event, *payload)
    assert not answer["ok"]
    assert answer["error"]["code"] in {"invalid", "not_found"}
    assert answer["error"]["message"]
    assert hers.ask("message.send", says(talk))["ok"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"body": " \u202e "}, "body"),
        ({"body": "x" * 8001}, "body"),
        ({"body": None}, "body"),
        ({"body": ["x"]}, "body"),
        ({"client_id": "1"}, "client_id"),
        ({"client_id": None}, "client_id"),
        ({"kind": "card"}, "kind"),
        ({"kind": ["text"]}, "kind"),
        ({"kind": "question", "body": "caffeine"}, "body"),
    ],
)
def test_what_cannot_be_sent_is_refused_at_its_field(change, field, talk, donor, phone):
    answer = phone(donor).ask("message.send", {**says(talk), **change})
    assert (answer["ok"], answer["error"]["code"]) == (False, "invalid")
    assert answer["error"]["fields"][field]


def test_the_same_client_id_with_other_words_is_refused(talk, donor, phone):
    hers = phone(donor)
    hers.ask("message.send", says(talk))
    assert hers.ask("message.send", says(talk, "Something else"))["error"]["fields"]["client_id"]


def test_a_mark_beyond_the_last_message_is_refused(talk, donor, phone):
    answer = phone(donor).ask("message.read", {"conversation": talk.public_id, "seq": 1})
    assert answer["error"]["fields"]["seq"]


def test_a_question_is_put_in_the_words_of_each_reader(asks, talk, donor, family, phone):
    hers, theirs = phone(donor), phone(family)
    assert theirs.ask("message.send", says(talk, "caffeine", kind="question"))["ok"]
    [message] = hers.heard("message.new")
    assert message["payload"] == {"attribute": "caffeine"}
    assert "caffeine" in message["body"].lower()


def test_nobody_types_into_an_ended_conversation(app, talk, donor, phone):
    with app.app_context(), transaction() as session:
        session.execute(update(Conversation).values(closed_at=NOW))
    hers = phone(donor)
    assert hers.ask("typing", {"conversation": talk.public_id})["error"]["code"] == "conversation_closed"
    assert hers.ask("conversation.open", {"id": talk.public_id})["ok"]


def test_a_block_between_the_commit_and_the_push_keeps_the_push_back(app, talk, donor, family, phone):
    theirs = phone(family)
    with app.app_context():
        services.send(donor.identity, talk.public_id, client_id=CLIENT_ID, kind="text", body="Hello", now=NOW)
    theirs.socket.get_received()
    with app.app_context(), transaction() as session:
        session.add(Block(blocker_id=family.id, blocked_id=donor.id, created_at=NOW))
    sent = MessageSent(at=NOW, conversation_id=talk.id, seq=1, sender_id=donor.id, recipient_id=family.id)
    read = ConversationRead(at=NOW, conversation_id=talk.id, seq=1, reader_id=donor.id, other_id=family.id)
    with app.app_context():
        event_bus._bus().tell_after(sent)
        event_bus._bus().tell_after(read)
    assert theirs.socket.get_received() == []


def test_the_memory_of_who_typed_does_not_grow_without_end(monkeypatch):
    monkeypatch.setattr(signs, "_REMEMBERED", 10)
    typing = signs.Typing()
    assert all(typing.due(person, 1, now=person * 10.0) for person in range(100))
    assert len(typing._last) <= 10
