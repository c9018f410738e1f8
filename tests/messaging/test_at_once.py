"""
The way together with others and the longer way keep the same rules.

Each row of the table is played on both ways, on the first of them twice: by somebody who was read before, and by
somebody who is read in the same step. The last of its columns says who lets it go together with others.
"""

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from app.accounts.models import Block, User
from app.infra import event_bus, jobs
from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.access import Claim
from app.kernel.errors import Conflict, DomainError, Invalid, NotFound
from app.messaging import queries, services
from app.messaging.events import MessageSent
from app.messaging.models import Conversation, HeldMessage, Message
from app.messaging.queries import HeldView
from app.messaging.services import OutOfOrder, sending
from tests.at_once import at_once as together
from tests.conftest import NOW
from tests.messaging.conftest import numbered
from tests.messaging.ways import LATER, key_of, looks, opened, say

pytestmark = pytest.mark.both_databases
LINK = "look at https://example.org/x"


def do_nothing(_talk, _donor, _family):
    pass


def close(talk, _donor, _family):
    with transaction() as session:
        session.execute(update(Conversation).values(closed_at=NOW))


def block(_talk, donor, family):
    with transaction() as session:
        session.add(Block(blocker_id=family.id, blocked_id=donor.id, created_at=NOW))


def hold(talk, donor, _family):
    with transaction() as session:
        session.execute(update(User).where(User.id == donor.id).values(trust=0))
    assert isinstance(say(talk, donor, 9, body=LINK), HeldView)


def newcomer(_talk, donor, _family):
    with transaction() as session:
        session.execute(update(User).where(User.id == donor.id).values(trust=0))


def unread(talk, _donor, family):
    say(talk, family, 3)


def waiting(talk, donor, _family):
    say(talk, donor, 3)


def look_held(talk, donor, _family):
    say(talk, donor, 3)
    jobs.run_due(now=NOW + timedelta(minutes=20))


@pytest.mark.parametrize(
    ("before", "more", "outcome", "at_once_"),
    [
        (do_nothing, {}, 3, True),
        (newcomer, {}, 3, True),
        (newcomer, {"body": LINK}, HeldView, False),
        (do_nothing, {"after": numbered(1)}, 3, True),
        (do_nothing, {"after": numbered(7)}, OutOfOrder, False),
        (waiting, {"after": numbered(3)}, 4, True),
        (unread, {}, 4, True),
        (look_held, {"now": NOW + timedelta(minutes=21)}, 4, "sqlite"),
        (close, {}, Conflict, False),
        (block, {}, Conflict, False),
        (hold, {}, HeldView, False),
        (do_nothing, {"client_id": numbered(1), "body": "Word 1"}, 1, False),
        (do_nothing, {"client_id": numbered(1), "body": "other words"}, Invalid, False),
        (do_nothing, {"kind": "question", "body": "caffeine"}, 3, False),
    ],
)  # fmt: skip
def test_both_ways_come_to_the_same(in_app, way, asks, talk, donor, family, before, more, outcome, at_once_):
    opened(talk, donor, family)
    before(talk, donor, family)
    stored = queries.conversation(talk.id).last_seq
    (way if way is not None else []).clear()
    if isinstance(outcome, int):
        assert say(talk, donor, 4, **more).seq == outcome
        assert queries.conversation(talk.id).last_seq == max(stored, outcome)
    elif issubclass(outcome, DomainError):
        with pytest.raises(outcome):
            say(talk, donor, 4, **more)
        assert queries.conversation(talk.id).last_seq == stored
    else:
        assert isinstance(say(talk, donor, 4, **more), outcome)
    if way is not None:
        assert way[-1:] == [at_once_ in {True, db.engine.dialect.name}]


def shut(_talk, donor, _family):
    with transaction() as session:
        session.execute(update(User).where(User.id == donor.id).values(active=False))


def sign_out_everywhere(_talk, donor, _family):
    with transaction() as session:
        session.execute(update(User).where(User.id == donor.id).values(fs_uniquifier="another"))


def change_the_others(_talk, _donor, family):
    with transaction() as session:
        session.execute(update(User).where(User.id == family.id).values(fs_uniquifier="another", active=False))


@pytest.mark.parametrize(
    ("before", "whose", "stored"),
    [
        (do_nothing, "donor", True),
        (change_the_others, "donor", True),
        (shut, "donor", False),
        (sign_out_everywhere, "donor", False),
        (do_nothing, "family", False),
        (do_nothing, "stranger", False),
        (do_nothing, None, False),
    ],
)
def test_what_somebody_claims_to_be_is_proven_by_the_statement_that_stores(
    in_app, talk, donor, family, stranger, before, whose, stored
):
    """``whose``: the key that the page of the donor shows."""
    opened(talk, donor, family)
    keys = {name: key_of(who.id) for name, who in {"donor": donor, "family": family, "stranger": stranger}.items()}
    before(talk, donor, family)
    said = {"kind": "text", "body": "Word 3", "client_id": numbered(3), "now": LATER}
    found = services.send_claimed(Claim(donor.id, keys.get(whose, "")), talk.public_id, **said)
    assert (found is not None) == stored
    assert queries.conversation(talk.id).last_seq == 2 + stored


@pytest.mark.parametrize("said", [{"kind": "text", "body": ""}, {"kind": "song", "body": "la"}])
def test_what_cannot_be_read_is_refused_only_to_who_was_proven(in_app, talk, donor, family, said):
    opened(talk, donor, family)
    claim = Claim(donor.id, key_of(donor.id))
    assert services.send_claimed(claim, talk.public_id, client_id=numbered(3), now=LATER, **said) is None
    with pytest.raises(Invalid):
        services.send(donor.identity, talk.public_id, client_id=numbered(3), now=LATER, **said)


@pytest.mark.parametrize("before", [shut, sign_out_everywhere])
def test_a_live_page_whose_account_is_over_is_told_so_and_hung_up_on(app, talk, donor, family, phone, before):
    with app.app_context():
        opened(talk, donor, family)
    hers, theirs = phone(donor), phone(family)
    with app.app_context():
        before(talk, donor, family)
    said = {"conversation": talk.public_id, "client_id": numbered(3), "kind": "text", "body": "Word 3"}
    assert hers.ask("message.send", said)["error"]["code"] == "signed_out"
    assert hers.ask("message.send", {**said, "body": ""})["error"]["code"] == "signed_out"
    assert theirs.socket.get_received() == []
    with app.app_context():
        assert queries.conversation(talk.id).last_seq == 2


def test_a_program_with_a_token_goes_by_its_token_and_not_by_a_claim(app, talk, donor, family, phone, monkeypatch):
    with app.app_context():
        opened(talk, donor, family)
    made = app.test_cli_runner().invoke(args=["users", "token", donor.email, "--name", "nightly", "--days", "3"])
    asked = []
    monkeypatch.setattr(sending, "send_at_once", lambda actor, *_a, **_m: asked.append(actor))
    its = phone(donor, auth={"token": made.output.split()[-1]})
    said = {"conversation": talk.public_id, "client_id": numbered(3), "kind": "text", "body": "Word 3"}
    assert its.ask("message.send", said)["seq"] == 3
    assert asked == [donor.identity]


def test_a_stranger_writes_on_neither_way(in_app, way, talk, donor, family, stranger):
    opened(talk, donor, family)
    with pytest.raises(NotFound):
        say(talk, stranger, 3)
    assert queries.conversation(talk.id).last_seq == 2


def test_what_is_stored_is_the_same_on_both_ways(in_app, way, talk, donor, family):
    opened(talk, donor, family)
    say(talk, donor, 3, body="Half past four?")
    row = db.session.execute(select(Message).where(Message.seq == 3)).scalar_one()
    assert (row.body, row.reply_to, row.kind, row.payload, row.change_no, row.sent_at) == (
        "Half past four?", None, "text", None, 0, LATER,
    )  # fmt: skip
    assert db.session.scalar(text("SELECT payload IS NULL FROM messages WHERE seq = 3"))
    assert db.session.get(Conversation, talk.id).last_message_at == LATER
    assert queries.read_up_to(talk.id, donor.id) == 3
    assert looks()[-1] == f"{talk.id}:{family.id}:3"
    asked = db.session.scalars(select(jobs.Job).order_by(jobs.Job.id.desc())).first()
    assert (asked.kind, asked.payload, asked.run_after, asked.created_at, asked.state, asked.attempts) == (
        "messaging.remind", {"conversation": talk.id, "person": family.id}, LATER + services.REMIND_AFTER, LATER,
        "queued", 0,
    )  # fmt: skip


def looked_in(talk, who):
    """A page says that it has read all there is, before anything was said."""
    services.mark_read(who.identity, talk.public_id, 0, now=NOW)


@pytest.mark.parametrize("before", [lambda _talk, _who: None, looked_in])
def test_the_first_words_of_a_conversation_are_read_by_who_says_them_on_either_way(
    in_app, way, talk, donor, family, before
):
    before(talk, donor)
    assert say(talk, donor, 1).seq == 1
    assert (queries.read_up_to(talk.id, donor.id), queries.read_up_to(talk.id, family.id)) == (1, 0)
    assert looks() == [f"{talk.id}:{family.id}:1"]
    assert say(talk, family, 2).seq == 2
    assert queries.read_up_to(talk.id, family.id) == 0
    if way is not None:
        assert way == [True, True]


def test_two_who_begin_a_conversation_at_the_same_moment_are_both_heard(app, way, talk, donor, family):
    tries = [lambda n=n, who=who: say(talk, who, n).seq for n, who in ((1, donor), (2, family))]
    assert sorted(together(app, *tries)) == [1, 2]
    with app.app_context():
        first = queries.messages_after(talk.id, 0)[0].sender_id
        assert {who.id: queries.read_up_to(talk.id, who.id) for who in (donor, family)} == {
            donor.id: first == donor.id,
            family.id: first == family.id,
        }


def test_a_mark_passes_over_nothing_unread_on_either_way(in_app, way, talk, donor, family):
    opened(talk, donor, family)
    say(talk, family, 3)
    say(talk, donor, 4)
    assert queries.read_up_to(talk.id, donor.id) == 2


def test_further_words_ask_for_no_further_look_on_either_way(in_app, way, talk, donor, family):
    opened(talk, donor, family)
    before = looks()
    for number in (3, 4, 5):
        say(talk, donor, number)
    assert looks() == [*before, f"{talk.id}:{family.id}:3"]


def test_who_may_hear_of_it_is_the_same_on_both_ways(in_app, way, talk, donor, family, monkeypatch):
    opened(talk, donor, family)
    with transaction() as session:
        session.execute(update(User).where(User.id == family.id).values(active=False))
    told, record = [], event_bus.record
    monkeypatch.setattr("app.infra.event_bus.record", lambda each: (told.append(each), record(each)))
    say(talk, donor, 3)
    [sent] = [each for each in told if isinstance(each, MessageSent)]
    assert [person.id for person in sent.said.listeners] == [donor.id]
    assert (sent.recipient_id, sent.seq, sent.said.message.body) == (family.id, 3, "Word 3")


def test_one_phone_sending_the_same_twice_at_the_same_moment_stores_it_once_and_leaves_no_hole(
    app, way, talk, donor, family
):
    with app.app_context():
        opened(talk, donor, family)
    for number in range(3, 13):
        found = together(app, *[lambda number=number: say(talk, donor, number).seq for _ in range(4)])
        assert found == [number] * 4
    with app.app_context():
        assert [message.seq for message in queries.messages_after(talk.id, 0)] == list(range(1, 13))


def test_many_who_write_at_once_get_a_place_each_without_holes(app, way, talk, donor, family):
    with app.app_context():
        opened(talk, donor, family)
    tries = [lambda n=n: say(talk, (donor, family)[n % 2], n).seq for n in range(3, 11)]
    assert sorted(together(app, *tries)) == list(range(3, 11))


def test_inside_another_use_case_a_message_goes_the_longer_way_and_is_undone_with_it(in_app, way, talk, donor, family):
    opened(talk, donor, family)

    def use_case():
        with transaction():
            assert say(talk, donor, 3).seq == 3
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        use_case()
    assert queries.conversation(talk.id).last_seq == 2
    assert db.session.scalar(select(HeldMessage.id)) is None
