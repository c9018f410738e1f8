"""Messages that are written at the same moment are stored together, and none of them suffers from another."""

import time
from dataclasses import dataclass, field
from threading import Event, Thread

import pytest
from sqlalchemy import select, update

from app.accounts.models import Block, User
from app.infra import event_bus
from app.infra.database import db
from app.infra.transaction import one_connection, transaction
from app.kernel.access import Claim
from app.kernel.errors import Conflict, DomainError
from app.messaging import queries, services
from app.messaging.models import Conversation, Message
from app.messaging.services import at_once, sending
from tests.conftest import NOW
from tests.messaging.ways import LATER, key_of, looks, numbered, one_lane, say

pytestmark = pytest.mark.both_databases


@dataclass
class Groups:
    """What went to the database together; the first group of a test waits there until it is let go."""

    carried: list = field(default_factory=list)
    go: Event = field(default_factory=Event)

    def behind(self, carry):
        def slowly(group):
            self.carried.append([sent.draft.body for sent in group])
            assert self.go.wait(20)
            return carry(group)

        return slowly


@pytest.fixture
def groups(monkeypatch):
    """One lane, so that what comes while it is taken makes one group."""
    made = Groups()
    one_lane(monkeypatch, made.behind)
    return made


@pytest.fixture
def talks(open_talk, donor, family, stranger, moderator):
    """Five conversations and who writes in each."""
    pairs = [(donor, family), (donor, stranger), (donor, moderator), (family, stranger), (stranger, moderator)]
    return [(open_talk(*pair), pair[0]) for pair in pairs]


def write(app, groups, *sends):
    """Call each in a thread while the first is on its way, let it go, and return what each came to."""
    outcomes = [None] * len(sends)

    def run(place):
        with app.app_context():
            try:
                outcomes[place] = sends[place]()
            except DomainError as refusal:
                outcomes[place] = refusal
            finally:
                db.session.remove()

    threads = [Thread(target=run, args=(place,)) for place in range(len(sends))]
    for number, thread in enumerate(threads):
        thread.start()
        until(lambda wanted=number + 1: waiting(app) + sum(map(len, groups.carried)) == wanted)
    groups.go.set()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    return outcomes


def until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def waiting(app):
    with app.app_context():
        lanes = at_once._LANES.get(db.engine)
    return 0 if lanes is None else len(lanes._waiting)


def each_says(talks, *, number=1):
    return [lambda talk=talk, who=who, n=n: say(talk, who, n) for n, (talk, who) in enumerate(talks, start=number)]


def places(talks):
    return [queries.conversation(talk.id).last_seq for talk, _ in talks]


def test_what_is_written_while_another_message_is_on_its_way_is_stored_together(app, groups, talks, family, phone):
    hers = phone(family)
    stored = write(app, groups, *each_says(talks))
    assert groups.carried == [["Word 1"], ["Word 2", "Word 3", "Word 4", "Word 5"]]
    assert [message.seq for message in stored] == [1] * 5
    assert [message.body for message in stored] == [f"Word {n}" for n in range(1, 6)]
    with app.app_context():
        assert [queries.messages_after(talk.id, 0)[0].body for talk, _ in talks] == [f"Word {n}" for n in range(1, 6)]
        assert [queries.read_up_to(talk.id, who.id) for talk, who in talks] == [1] * 5
        assert len(looks()) == 5
    heard = [told["args"][0]["body"] for told in hers.socket.get_received() if told["name"] == "message.new"]
    assert sorted(heard) == ["Word 1", "Word 4"]


def close(talk, _who):
    with transaction() as session:
        session.execute(update(Conversation).where(Conversation.id == talk.id).values(closed_at=NOW))


def block(talk, who):
    with transaction() as session:
        other = queries.conversation(talk.id).other_than(who.id)
        session.add(Block(blocker_id=other, blocked_id=who.id, created_at=NOW))


@pytest.mark.parametrize("against", [close, block])
def test_one_against_which_something_stands_is_refused_alone(app, groups, talks, against):
    with app.app_context():
        against(*talks[2])
    stored = write(app, groups, *each_says(talks))
    assert isinstance(stored[2], Conflict)
    assert groups.carried[1] == ["Word 2", "Word 3", "Word 4", "Word 5"]
    with app.app_context():
        assert places(talks) == [1, 1, 0, 1, 1]


def test_who_only_claims_to_be_somebody_is_stored_nothing_for_beside_others(app, groups, talks):
    with app.app_context():
        shut = talks[1][1]
        keys = {who.id: key_of(who.id) for _, who in talks}
        with transaction() as session:
            session.execute(update(User).where(User.id == shut.id).values(active=False))

    def claim(talk, who, number):
        said = {"kind": "text", "body": f"Word {number}", "client_id": numbered(number), "now": LATER}
        return services.send_claimed(Claim(who.id, keys[who.id]), talk.public_id, **said)

    sends = [lambda talk=talk, who=who, n=n: claim(talk, who, n) for n, (talk, who) in enumerate(talks)]
    stored = write(app, groups, *sends)
    assert [message is not None for message in stored] == [False, False, False, True, True]
    with app.app_context():
        assert places(talks) == [0, 0, 0, 1, 1]


def test_a_conversation_that_is_none_costs_the_others_nothing(app, groups, talks):
    """Also one that the database cannot even be asked about, because text of PostgreSQL has no NUL."""
    (talk, who), said = talks[3], {"kind": "text", "body": "?", "now": LATER}
    keys = {}
    with app.app_context():
        keys[who.id] = key_of(who.id)

    def lost(name):
        return services.send_claimed(Claim(who.id, keys[who.id]), name, client_id=numbered(50), **said)

    first, second, *rest = each_says(talks[:3])
    names = ("no-such-conversation", "\x00", f"{talk.public_id}\x00")
    stored = write(app, groups, first, second, *[lambda name=name: lost(name) for name in names], *rest)
    assert stored[2:5] == [None] * 3
    assert len(groups.carried[1]) == 5
    with app.app_context():
        assert places(talks) == [1, 1, 1, 0, 0]


def test_a_double_that_comes_beside_others_is_refused_alone(app, groups, talks, donor):
    """The same phone, the same id, two conversations: the database refuses the second, on PostgreSQL with the group."""
    first, second, third, *_ = talks
    sends = [lambda: say(first[0], donor, 1), lambda: say(second[0], donor, 2), lambda: say(third[0], donor, 2)]
    stored = write(app, groups, *sends, *each_says(talks[3:], number=3))
    assert stored[1].seq == 1
    assert isinstance(stored[2], DomainError)
    with app.app_context():
        assert places(talks) == [1, 1, 0, 1, 1]


def test_words_of_one_conversation_keep_their_order_in_groups_of_their_own(app, groups, talks, donor):
    [(talk, _), (other, _), *_] = talks
    sends = [lambda n=n: say(talk, donor, n) for n in (1, 2, 3)]
    stored = write(app, groups, *sends, lambda: say(other, donor, 4))
    assert [message.seq for message in stored] == [1, 2, 3, 1]
    assert groups.carried == [["Word 1"], ["Word 2", "Word 4"], ["Word 3"]]


def test_nobody_waits_for_a_lane_with_a_connection_in_hand(app, groups, talks):
    """Or those who wait would have all there are, and who has the lane none."""
    held = []

    def having_read(talk, who, number):
        db.session.scalar(select(User.id))
        return say(talk, who, number)

    def look():
        held.append(db.engine.pool.checkedout())
        return say(*talks[4], 5)

    sends = [lambda n=n, one=one: having_read(*one, n) for n, one in enumerate(talks[:4], start=1)]
    assert [stored.seq for stored in write(app, groups, *sends, look)] == [1] * 5
    assert held == [0]


def test_who_keeps_a_connection_goes_the_longer_way_past_all_who_wait(app, groups, talks, monkeypatch):
    longer = []
    gate = sending.queries.gate
    monkeypatch.setattr(sending.queries, "gate", lambda *args, **more: longer.append(args[2]) or gate(*args, **more))

    def keeping(talk, who, number):
        with one_connection():
            return say(talk, who, number).seq

    with app.app_context():
        assert keeping(*talks[0], 1) == 1
    assert (longer, groups.carried) == ([talks[0][0].public_id], [])


def test_an_error_inside_a_group_undoes_all_of_it_and_each_of_it_meets_that(app, groups, talks, monkeypatch):
    def fail(*_args, **_more):
        raise ZeroDivisionError

    for name in ("append", "store_many"):
        monkeypatch.setattr(at_once, name, fail)
    failed = write(app, groups, *[meets(ZeroDivisionError, each) for each in each_says(talks)])
    assert failed == [True] * 5
    monkeypatch.undo()
    with app.app_context():
        assert places(talks) == [0] * 5
        assert db.session.scalar(select(Message.id)) is None
        assert not event_bus.anything(db.session())
        assert say(*talks[0], 1).seq == 1


def meets(error, call):
    def tried():
        with pytest.raises(error):
            call()
        return True

    return tried
