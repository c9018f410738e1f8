"""Typed messages, changes and catching up over the socket: pushes to the two, answers to bad input."""

import pytest

from app.accounts.models import Block
from app.infra.transaction import transaction
from app.messaging import queries, services
from tests.conftest import NOW
from tests.messaging.conftest import numbered

MONEY = "It is $2 per oz."


@pytest.fixture
def say(talk):
    def send(phone, n, body="Hello", **more):
        asked = {"conversation": talk.public_id, "client_id": numbered(n), "kind": "text", "body": body}
        return phone.ask("message.send", asked | more)

    return send


def stored(app, talk):
    with app.app_context():
        return [message.body for message in queries.messages_after(talk.id, 0)]


def test_what_comes_before_its_forerunner_is_to_be_sent_again(app, talk, donor, phone, say):
    hers = phone(donor)
    early = say(hers, 2, after=numbered(1))
    assert (early["ok"], early["retry"], early["error"]["code"]) == (False, True, "out_of_order")
    assert [say(hers, n, str(n), after=after)["seq"] for n, after in ((1, None), (2, numbered(1)))] == [1, 2]
    assert stored(app, talk) == ["1", "2"]


def test_a_nudge_says_what_was_seen_and_a_confirmed_one_is_sent(app, talk, donor, phone, say):
    hers = phone(donor)
    asked = say(hers, 1, MONEY)
    assert (asked["ok"], asked["error"]["code"], asked["error"]["labels"]) == (False, "nudge", ["payment"])
    [[start, end]] = asked["error"]["spans"]
    assert MONEY[start:end] == "$2 per oz"
    assert say(hers, 1, MONEY, confirmed="yes")["ok"] is False
    assert say(hers, 1, MONEY, confirmed=True)["seq"] == 1


def test_what_is_held_is_shown_to_its_writer_alone(app, talk, donor, family, phone, say, trust):
    trust(donor, 0)
    hers, other, theirs = phone(donor), phone(donor), phone(family)
    held = say(hers, 1, MONEY)
    assert (held["ok"], held["held"]["state"], "seq" in held) == (True, "waiting", False)
    assert [told["state"] for told in other.heard("message.held")] == ["waiting"]
    assert theirs.socket.get_received() == []
    assert [each["client_id"] for each in hers.ask("conversation.open", {"id": talk.public_id})["held"]] == [
        numbered(1)
    ]
    assert theirs.ask("conversation.open", {"id": talk.public_id})["held"] == []
    with app.app_context():
        services.release_held(queries.held_of(talk.id, donor.id)[0].id, now=NOW)
    assert [told["body"] for told in theirs.heard("message.new")] == [MONEY]
    say(hers, 2, MONEY)
    other.heard("message.new")
    with app.app_context():
        services.refuse_held(queries.held_of(talk.id, donor.id)[0].id, now=NOW)
    assert [told["state"] for told in other.heard("message.held")] == ["refused"]
    assert theirs.heard("message.new") == []


def test_an_edit_and_a_deletion_reach_both_phones(app, talk, donor, family, phone, say):
    hers, theirs = phone(donor), phone(family)
    say(hers, 1, "at nine")
    edited = hers.ask("message.edit", {"conversation": talk.public_id, "seq": 1, "body": "at ten"})
    assert (edited["ok"], edited["message"]["body"], bool(edited["message"]["edited_at"])) == (True, "at ten", True)
    [told] = theirs.heard("message.changed")
    assert (told["seq"], told["body"], told["change_no"], told["mine"], "client_id" in told) == (
        1,
        "at ten",
        1,
        False,
        False,
    )
    gone = hers.ask("message.delete", {"conversation": talk.public_id, "seq": 1})
    assert (gone["message"]["deleted"], gone["message"]["payload"]) == (True, None)
    [told] = theirs.heard("message.changed")
    assert (told["deleted"], told["body"]) == (True, "This message was deleted.")


def test_a_phone_that_was_away_learns_what_changed(talk, donor, family, phone, say):
    hers, theirs = phone(donor), phone(family)
    for n in (1, 2, 3):
        say(hers, n, str(n))
    hers.ask("message.edit", {"conversation": talk.public_id, "seq": 1, "body": "one"})
    hers.ask("message.delete", {"conversation": talk.public_id, "seq": 3})
    away = theirs.ask("conversation.open", {"id": talk.public_id, "after_seq": 2, "changes_after": 0})
    assert [(each["seq"], each["deleted"]) for each in away["messages"]] == [(3, True)]
    assert [(each["seq"], each["body"]) for each in away["changes"]] == [(1, "one")]
    assert away["change_no"] == 2
    again = theirs.ask("conversation.open", {"id": talk.public_id, "after_seq": 3, "changes_after": 2})
    assert (again["messages"], again["changes"]) == ([], [])
    assert theirs.ask("conversation.open", {"id": talk.public_id, "after_seq": 3})["changes"] == []


def test_heads_are_those_of_ones_own_conversations(app, talk, donor, family, stranger, phone, say):
    hers = phone(donor)
    say(hers, 1)
    head = {
        "conversation": talk.public_id,
        "last_seq": 1,
        "change_no": 0,
        "read_seq": 0,
        "mine_read_seq": 1,
        "unread": 0,
    }
    assert hers.ask("heads", {})["conversations"] == [head]
    assert phone(stranger).ask("heads", {})["conversations"] == []
    with app.app_context(), transaction() as session:
        session.add(Block(blocker_id=family.id, blocked_id=donor.id, created_at=NOW))
    assert hers.ask("heads", {})["conversations"] == []


def test_a_stranger_changes_nothing(app, talk, donor, stranger, phone, say):
    say(phone(donor), 1, "at nine")
    theirs = phone(stranger)
    for event, more in (("message.edit", {"body": "x"}), ("message.delete", {})):
        answer = theirs.ask(event, {"conversation": talk.public_id, "seq": 1} | more)
        assert answer["error"]["code"] == "not_found"
    assert stored(app, talk) == ["at nine"]


BAD = {
    "empty": ("message.send", {"body": "  "}, "body"),
    "too long": ("message.send", {"body": "x" * 8001}, "body"),
    "only control and direction signs": ("message.send", {"body": "\x00\u202e\u2066"}, "body"),
    "no body": ("message.send", {"body": None}, "body"),
    "no id": ("message.send", {"client_id": "7"}, "client_id"),
    "an unknown kind": ("message.send", {"kind": "card", "payload": {"handoff": "x"}}, "kind"),
    "an unknown sentence": ("message.send", {"kind": "phrase", "body": "x"}, "body"),
    "an answer to nothing": (
        "message.send",
        {"kind": "answer", "payload": {"state": "avoids"}, "reply_to": 9},
        "reply_to",
    ),
    "after nonsense": ("message.send", {"after": "x"}, "after"),
    "an edit without place": ("message.edit", {}, "seq"),
    "an edit of a place out of range": ("message.edit", {"seq": 2**31}, "seq"),
    "a deletion of a place below range": ("message.delete", {"seq": -1}, "seq"),
    "a catch-up out of range": ("conversation.open", {"after_seq": 2**31}, "after_seq"),
    "changes out of range": ("conversation.open", {"changes_after": -1}, "changes_after"),
    "a mark beyond the end": ("message.read", {"seq": 5}, "seq"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_a_clear_answer_and_the_connection_stays(case, talk, donor, phone):
    event, changed, field = BAD[case]
    hers = phone(donor)
    asked = {
        "conversation": talk.public_id,
        "id": talk.public_id,
        "client_id": numbered(1),
        "kind": "text",
        "body": "x",
    }
    answer = hers.ask(event, asked | changed)
    assert (answer["ok"], answer["error"]["code"], list(answer["error"]["fields"])) == (False, "invalid", [field])
    assert all(answer["error"]["fields"][field])
    assert hers.ask("conversation.open", {"id": talk.public_id})["ok"]


@pytest.mark.parametrize(
    "event", ["message.send", "message.edit", "message.delete", "message.read", "conversation.open"]
)
@pytest.mark.parametrize("unknown", ["nothing", "", None, 7])
def test_an_unknown_conversation_is_not_found(event, unknown, donor, talk, phone):
    hers = phone(donor)
    asked = {"conversation": unknown, "id": unknown, "client_id": numbered(1), "seq": 0, "kind": "text", "body": "x"}
    assert hers.ask(event, asked)["error"]["code"] == "not_found"
    assert hers.ask("heads", {})["ok"]


def test_a_stale_id_with_other_words_is_refused(talk, donor, phone, say):
    hers = phone(donor)
    say(hers, 1, "Hello")
    assert list(say(hers, 1, "Other")["error"]["fields"]) == ["client_id"]
    assert say(hers, 1, "Hello")["seq"] == 1


def test_an_ended_address_has_both_phones_draw_their_cards_again(app, talk, donor, family, phone):
    hers, theirs = phone(donor), phone(family)
    with app.app_context():
        services.tell_address(donor.identity, talk.public_id, client_id=numbered(1), address="12 Elm Street", now=NOW)
    [told] = theirs.heard("message.new")
    assert "Elm" not in str(told)
    with app.app_context():
        services.end_addresses(talk.id, now=NOW)
    changed = {"kind": "address", "conversation": talk.public_id}
    assert (hers.heard("card.changed"), theirs.heard("card.changed")) == ([changed], [changed])
