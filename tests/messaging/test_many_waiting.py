"""What a message that waits for its group keeps from others: no connection, no old view, and not for ever."""

from dataclasses import dataclass, field
from threading import Event, Thread

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError

from app.accounts.models import User
from app.infra import together
from app.infra.database import db
from app.infra.transaction import one_connection
from app.messaging.models import Message
from app.messaging.services import storing_many
from tests.messaging.test_many_at_once import until, waiting
from tests.messaging.ways import one_lane, say

pytestmark = pytest.mark.both_databases


@dataclass
class Lane:
    """The only lane, on which a first group stands until it is let go."""

    go: Event = field(default_factory=Event)
    begun: int = 0

    def taken(self, carry):
        def slowly(group):
            self.begun += 1
            assert self.begun > 1 or self.go.wait(20)
            return carry(group)

        return slowly


@pytest.fixture
def lane(monkeypatch):
    made = Lane()
    one_lane(monkeypatch, made.taken)
    yield made
    made.go.set()


def begin(app, call):
    """Call it in a thread with a context of its own; what it came to is the second of what is returned."""
    outcome = []

    def run():
        with app.app_context():
            try:
                outcome.append(call())
            except Exception as error:  # noqa: BLE001
                outcome.append(error)
            finally:
                db.session.remove()

    thread = Thread(target=run)
    thread.start()
    return thread, outcome


def over(*threads):
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()


def taken_from_the_pool(app):
    with app.app_context():
        return db.engine.pool.checkedout()


def test_whoever_waits_for_a_group_keeps_no_connection_that_its_first_may_need(
    app, lane, talk, open_talk, donor, stranger
):
    other, outcomes = open_talk(donor, stranger), []
    before = taken_from_the_pool(app)
    first, outcome = begin(app, lambda: say(talk, donor, 1).seq)
    outcomes.append(outcome)
    until(lambda: lane.begun == 1)

    def as_a_form_does():
        assert db.session.get(User, donor.id).id == donor.id
        return say(other, donor, 2).seq

    second, outcome = begin(app, as_a_form_does)
    outcomes.append(outcome)
    until(lambda: waiting(app) == 1)
    assert taken_from_the_pool(app) == before
    lane.go.set()
    over(first, second)
    assert outcomes == [[1], [1]]


def test_whoever_keeps_a_connection_waits_for_no_group(app, lane, talk, open_talk, donor, stranger):
    """An event of a live page that goes the usual way: the first of a group might wait for just that connection."""
    other = open_talk(donor, stranger)
    first, outcome = begin(app, lambda: say(talk, donor, 1).seq)
    until(lambda: lane.begun == 1)

    def as_an_event_does():
        with one_connection():
            return say(other, donor, 2).seq

    second, stored = begin(app, as_an_event_does)
    over(second)
    assert stored == [1]
    assert waiting(app) == 0
    lane.go.set()
    over(first)
    assert outcome == [1]


def test_whoever_was_stored_by_another_sees_it_at_once(app, lane, talk, open_talk, donor, stranger):
    """Also when the same request looked at the conversation before, as a form does."""
    other = open_talk(donor, stranger)
    first, _ = begin(app, lambda: say(talk, donor, 1).seq)
    until(lambda: lane.begun == 1)

    def write_and_look():
        stored = select(Message.body).where(Message.conversation_id == other.id)
        assert db.session.scalars(stored).all() == []
        say(other, donor, 2)
        return db.session.scalars(stored).all()

    # The first of the group is somebody else, whose session says nothing of this one's.
    leader, _ = begin(app, lambda: say(talk, donor, 3).seq)
    until(lambda: waiting(app) == 1)
    second, seen = begin(app, write_and_look)
    until(lambda: waiting(app) == 2)
    lane.go.set()
    over(first, leader, second)
    assert seen == [["Word 2"]]


class Undone(Exception):  # noqa: N818 - as the driver has it.
    """What the driver says when the server undid a statement so that another could go on."""

    sqlstate = "40P01"


def undone():
    return OperationalError(None, None, Undone())


def doubled():
    return IntegrityError(None, None, Undone())


@pytest.mark.parametrize(
    ("refused", "stored"),
    [
        ({2: undone()}, [None, None]),
        ({2: doubled()}, ["A", "B"]),
        ({2: doubled(), "B": undone()}, ["A", None]),
        ({2: doubled(), "A": undone()}, [None, "B"]),
        ({2: doubled(), "A": doubled()}, [None, "B"]),
    ],
)
def test_what_a_group_was_undone_for_is_found_out_one_by_one_and_what_was_stored_is_told(monkeypatch, refused, stored):
    """A failure raised to all of them would keep from the other pages what was stored before it."""

    def say_so(messages):
        for met in (len(messages), *messages):
            if met in refused and (met != 2 or len(messages) == 2):
                raise refused[met]
        return list(messages)

    monkeypatch.setattr(storing_many, "_stored", say_so)
    assert storing_many.store_many(["A", "B"]) == stored


def test_a_message_that_was_undone_when_it_went_alone_meets_that(monkeypatch):
    def say_so(_messages):
        raise undone()

    monkeypatch.setattr(storing_many, "_stored", say_so)
    with pytest.raises(OperationalError):
        storing_many.store_many(["A"])


@pytest.mark.only_postgresql
def test_a_group_that_is_undone_for_one_of_it_is_stored_all_the_same(
    app, lane, talk, open_talk, donor, stranger, monkeypatch
):
    other = open_talk(donor, stranger)
    real = storing_many._stored
    monkeypatch.setattr(storing_many, "_stored", lambda messages: _undo() if len(messages) > 1 else real(messages))
    first, _ = begin(app, lambda: say(talk, donor, 1).seq)
    until(lambda: lane.begun == 1)
    second, one = begin(app, lambda: say(talk, donor, 2).seq)
    third, another = begin(app, lambda: say(other, donor, 3).seq)
    until(lambda: waiting(app) == 2)
    lane.go.set()
    over(first, second, third)
    assert (one, another) == ([2], [1])


def _undo():
    raise undone()


def test_a_message_whose_group_hangs_goes_the_longer_way_after_a_while(
    app, lane, talk, open_talk, donor, stranger, monkeypatch
):
    other = open_talk(donor, stranger)
    first, outcome = begin(app, lambda: say(talk, donor, 1).seq)
    until(lambda: lane.begun == 1)
    monkeypatch.setattr(together, "PATIENCE", 0.05)
    second, stored = begin(app, lambda: say(other, donor, 2).seq)
    over(second)
    assert stored == [1]
    assert waiting(app) == 0
    lane.go.set()
    over(first)
    assert outcome == [1]
