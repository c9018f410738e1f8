"""What a message costs: how many statements, and which of them are spared when nothing would come of them."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from app.accounts.models import Block, User
from app.infra import event_bus, jobs
from app.infra.database import db
from app.infra.direct import _Compiled
from app.infra.transaction import transaction
from app.kernel.errors import Conflict
from app.messaging import queries, services
from app.messaging.events import MessageSent
from app.messaging.services import sending
from tests.conftest import NOW

pytestmark = pytest.mark.both_databases

LATER = NOW + timedelta(seconds=5)


SENT = {"sqlite": ["SELECT", "UPDATE", "INSERT"], "postgresql": ["WITH"]}
"""The gate, the place and the row; PostgreSQL does all of it in one (:mod:`app.messaging.services.storing_many`)."""

MARKED = {"sqlite": ["UPDATE"], "postgresql": []}
"""What moves the writer's mark."""


def kinds(statements):
    return [each.split(maxsplit=1)[0] for each in statements]


def client_id(number):
    return f"00000000-0000-4000-8000-{number:012d}"


def say(talk, who, number, *, now=NOW):
    return services.send(
        who.identity, talk.public_id, client_id=client_id(number), kind="text", body=f"Word {number}", now=now
    )


@pytest.fixture
def sent(monkeypatch, app):
    """Every statement, whether it goes through the library or straight to the driver."""
    found = []
    asked = _Compiled.asked

    def note(self, cursor, given):
        found.append(self.text)
        return asked(self, cursor, given)

    def listen(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("BEGIN", "PRAGMA")):
            found.append(statement)

    monkeypatch.setattr(_Compiled, "asked", note)
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", listen)
    yield found
    event.remove(engine, "before_cursor_execute", listen)


def looks(person):
    key = jobs.Job.unique_key
    found = db.session.scalars(select(key).where(key.like(f"messaging.remind:%:{person.id}:%")).order_by(key))
    return [each.rpartition(":")[2] for each in found]


@contextmanager
def happened(monkeypatch):
    told, record = [], event_bus.record
    monkeypatch.setattr("app.infra.event_bus.record", lambda each: (told.append(each), record(each)))
    yield told


def test_a_further_message_costs_the_gate_which_reads_the_account_too_the_place_and_the_row(
    app, talk, donor, family, phone, sent
):
    """On PostgreSQL all of these are one statement."""
    hers, theirs = phone(donor), phone(family)
    for number in (1, 2):
        hers.ask("message.send", message(talk, number))
    theirs.socket.get_received()
    sent.clear()
    assert hers.ask("message.send", message(talk, 3))["ok"]
    with app.app_context():
        kind = db.engine.dialect.name
    assert kinds(sent) == [*SENT[kind], *MARKED[kind]]
    assert [push["args"][0]["seq"] for push in theirs.socket.get_received()] == [3]


def message(talk, number):
    return {"conversation": talk.public_id, "client_id": client_id(number), "kind": "text", "body": f"Word {number}"}


def test_who_has_not_read_all_before_moves_no_mark_and_sends_no_statement_for_it(in_app, talk, donor, family, sent):
    say(talk, family, 1)
    say(talk, donor, 2)
    sent.clear()
    say(talk, donor, 3)
    assert kinds(sent) == SENT[db.engine.dialect.name]
    assert queries.read_up_to(talk.id, donor.id) == 0


def test_only_the_first_words_that_wait_ask_for_a_look(in_app, talk, donor, family):
    for number in (1, 2, 3):
        say(talk, donor, number)
    assert looks(family) == ["1"]
    services.mark_read(family.identity, talk.public_id, 2, now=NOW)
    say(talk, donor, 4)
    say(talk, donor, 5)
    assert looks(family) == ["1", "3"]


@pytest.mark.parametrize(("minutes", "spared"), [(8.9, True), (9, False), (11, False)])
def test_a_look_that_may_begin_before_the_message_is_stored_is_not_relied_on(
    in_app, talk, donor, minutes, spared, monkeypatch
):
    say(talk, donor, 1)
    with happened(monkeypatch) as told:
        say(talk, donor, 2, now=NOW + timedelta(minutes=minutes))
    assert [each.looked_after for each in told if isinstance(each, MessageSent)] == [spared]


def test_a_look_that_was_already_held_is_not_relied_on(in_app, talk, donor, family, monkeypatch):
    say(talk, donor, 1)
    late = NOW + timedelta(minutes=11)
    jobs.run_due(now=late)
    with happened(monkeypatch) as told:
        say(talk, donor, 2, now=late)
    assert [each.looked_after for each in told if isinstance(each, MessageSent)] == [False]


@pytest.mark.only_sqlite
def test_words_read_at_the_moment_the_next_are_sent_still_bring_a_notice(in_app, talk, donor, family, monkeypatch):
    """
    The sender saw the first words wait; they are read before the second are stored, which asked for no look.

    On PostgreSQL nothing comes in between of one statement; what comes while it waits is test_at_once's.
    """
    say(talk, donor, 1)
    gate = queries.gate

    def read_in_between(session, *args, **more):
        found = gate(session, *args, **more)
        services.mark_read(family.identity, talk.public_id, 1, now=LATER)
        return found

    monkeypatch.setattr("app.messaging.queries.gate", read_in_between)
    say(talk, donor, 2, now=LATER)
    assert looks(family) == ["1"]
    jobs.run_due(now=NOW + services.REMIND_AFTER)
    assert looks(family) == ["1", "2"]


def test_a_block_between_the_gate_and_the_message_keeps_it_out_and_tells_nobody(
    app, talk, donor, family, phone, monkeypatch
):
    theirs, judge = phone(family), sending.judge

    def block_meanwhile(*args, **more):
        with transaction() as session:
            session.add(Block(blocker_id=family.id, blocked_id=donor.id, created_at=NOW))
        return judge(*args, **more)

    # In one statement there is no moment between the two.
    monkeypatch.setattr(sending, "send_at_once", lambda *_args, **_more: None)
    monkeypatch.setattr(sending, "judge", block_meanwhile)
    with app.app_context(), pytest.raises(Conflict):
        say(talk, donor, 1)
    assert theirs.socket.get_received() == []


def test_what_is_to_be_told_leaves_with_the_event_but_is_in_no_line_about_it(in_app, talk, donor, family, monkeypatch):
    with happened(monkeypatch) as told:
        say(talk, donor, 1)
    event_ = next(each for each in told if isinstance(each, MessageSent))
    assert event_.said is not None
    assert [event_.said.message.body, {person.id for person in event_.said.listeners}] == [
        "Word 1", {donor.id, family.id},
    ]  # fmt: skip
    assert "Word 1" not in repr(event_)


def test_a_shut_account_is_not_among_those_who_are_told(in_app, talk, donor, family, monkeypatch):
    with transaction() as session:
        session.get(User, family.id).active = False
    with happened(monkeypatch) as told:
        say(talk, donor, 1)
    assert [[person.id for person in each.said.listeners] for each in told if isinstance(each, MessageSent)] == [
        [donor.id]
    ]
