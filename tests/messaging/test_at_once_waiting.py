"""What happens to a message whose conversation somebody else is just changing, on PostgreSQL, on whichever way."""

import time
from threading import Thread

import pytest
from sqlalchemy import text, update

from app.infra import jobs
from app.infra.database import db
from app.kernel.errors import Conflict, DomainError
from app.messaging import queries, services
from app.messaging.models import Conversation, Message, ReadMark
from app.messaging.rules import Draft, Kind
from app.messaging.services import at_once
from tests.conftest import NOW
from tests.messaging.conftest import numbered
from tests.messaging.ways import LATER, looks, opened, say


@pytest.fixture
def database() -> str:
    """SQLite has one writer at a time, who reads all there is."""
    return "postgresql"


WAITS = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


def while_it_waits(app, talk, who, meanwhile, *, held=lambda _connection: None):
    """Send while another transaction holds the conversation; ``meanwhile`` commits before it, ``held`` inside it."""
    outcome = []

    def write():
        with app.app_context():
            try:
                outcome.append(say(talk, who, 3))
            except DomainError as refusal:
                outcome.append(refusal)
            finally:
                db.session.remove()

    with app.app_context(), db.engine.connect() as other, other.begin():
        other.execute(update(Conversation).values(last_message_at=NOW))
        writing = Thread(target=write)
        writing.start()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and not _somebody_waits():
            time.sleep(0.02)
        assert _somebody_waits()
        meanwhile()
        held(other)
        db.session.remove()
    writing.join()
    return outcome[0]


def _somebody_waits():
    with db.engine.connect() as onlooker:
        return onlooker.execute(WAITS).scalar_one() == 1


def test_a_conversation_that_is_closed_while_a_message_waits_for_its_place_takes_it_no_more(
    app, way, talk, donor, family
):
    with app.app_context():
        opened(talk, donor, family)
    refused = while_it_waits(
        app, talk, donor, lambda: None, held=lambda other: other.execute(update(Conversation).values(closed_at=NOW))
    )
    assert isinstance(refused, Conflict)
    with app.app_context():
        assert queries.conversation(talk.id).last_seq == 2


def test_words_read_while_the_next_wait_for_their_place_still_bring_a_notice(app, way, talk, donor, family):
    """The first words waited and had their look; they are read before the next are stored, which asked for none."""
    with app.app_context():
        say(talk, donor, 1, now=NOW)
        say(talk, donor, 2, now=NOW)
    stored = while_it_waits(app, talk, donor, lambda: services.mark_read(family.identity, talk.public_id, 2, now=LATER))
    assert stored.seq == 3
    with app.app_context():
        jobs.run_due(now=NOW + services.REMIND_AFTER)
        assert looks()[-1] == f"{talk.id}:{family.id}:3"


def test_first_words_are_read_by_who_says_them_though_a_page_of_theirs_says_just_now_that_it_read_nothing(
    app, way, talk, donor
):
    nothing_yet = ReadMark.__table__.insert().values(conversation_id=talk.id, user_id=donor.id, seq=0, read_at=NOW)
    assert while_it_waits(app, talk, donor, lambda: None, held=lambda other: other.execute(nothing_yet)).seq == 1
    with app.app_context():
        assert queries.read_up_to(talk.id, donor.id) == 1
        say(talk, donor, 4)
        assert queries.read_up_to(talk.id, donor.id) == 2


def test_what_the_other_says_while_a_message_waits_is_not_marked_as_read(app, way, talk, donor, family):
    with app.app_context():
        opened(talk, donor, family)

    def the_other_speaks(other):
        other.execute(update(Conversation).values(last_seq=3))
        other.execute(
            Message.__table__.insert().values(
                conversation_id=talk.id, seq=3, sender_id=family.id, client_id=numbered(30), kind="text",
                body="me first", sent_at=NOW, change_no=0,
            )
        )  # fmt: skip

    assert while_it_waits(app, talk, donor, lambda: None, held=the_other_speaks).seq == 4
    with app.app_context():
        assert queries.read_up_to(talk.id, donor.id) == 2


def test_others_are_not_waited_for_with_a_message_whose_conversation_is_being_changed(
    app, talk, open_talk, donor, stranger
):
    """It is left to the longer way, which waits; the others of its group are stored meanwhile."""
    free = open_talk(donor, stranger)
    sent = [
        at_once._Sent(donor.identity, each.public_id, Draft(numbered(number), Kind.TEXT, "Hello", None), None, LATER)
        for number, each in ((3, talk), (4, free))
    ]
    with app.app_context(), db.engine.connect() as other, other.begin():
        other.execute(update(Conversation).where(Conversation.id == talk.id).values(last_message_at=NOW))
        held, stored = at_once._in_one_statement(sent)
        assert (held, stored.seq) == (None, 1)
