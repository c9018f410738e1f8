"""Somebody blocks the writer while a message waits for its place."""

import time
from threading import Thread

import pytest
from sqlalchemy import text

from app.accounts import services as accounts
from app.accounts.queries import person
from app.infra.database import db
from app.messaging import services, subscribers
from tests.conftest import NOW
from tests.messaging.conftest import CLIENT_ID

WAITS = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
HOLDS = text("UPDATE conversations SET last_message_at = last_message_at WHERE id = :id")


def until_somebody_waits():
    """Return when one connection waits for another's lock; AssertionError after ten seconds."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with db.engine.connect() as onlooker:
            if onlooker.execute(WAITS).scalar_one() == 1:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


@pytest.fixture
def database() -> str:
    """On SQLite nobody writes beside another."""
    return "postgresql"


def test_a_message_that_waited_for_its_place_is_not_shown_to_who_blocked_its_writer_meanwhile(
    app, talk, donor, family, monkeypatch
):
    shown = []
    monkeypatch.setattr(subscribers, "push", lambda person_id, event, _payload: shown.append((person_id, event)))

    def write():
        with app.app_context():
            services.send(
                donor.identity, talk.public_id, client_id=CLIENT_ID, kind="text", body="still there?", now=NOW
            )
            db.session.remove()

    with app.app_context():
        with db.engine.connect() as other, other.begin():
            other.execute(HOLDS, {"id": talk.id})
            writing = Thread(target=write)
            writing.start()
            until_somebody_waits()
            accounts.block(family.identity, person(donor.id).public_id, now=NOW)
            db.session.remove()
        writing.join()
    assert shown == []
