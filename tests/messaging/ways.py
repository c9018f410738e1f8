"""The ways a message may go, as a fixture, and what the tests that play on each of them say and look at."""

from datetime import timedelta
from functools import partial
from weakref import WeakKeyDictionary

import pytest
from sqlalchemy import select

from app.accounts.models import User
from app.infra import jobs
from app.infra.database import db
from app.kernel.access import Claim
from app.messaging import services
from app.messaging.services import at_once, sending
from tests.conftest import NOW

LATER = NOW + timedelta(seconds=5)


def numbered(n: int) -> str:
    """The client id of the n-th message of a test."""
    return f"00000000-0000-4000-8000-{n:012d}"


def claims_first(send, actor, *args, **more):
    """As a live page sends: by whom the page claims to be, and where nothing came of it by who that is."""
    claim = Claim(actor.person_id, key_of(actor.person_id))
    return services.send_claimed(claim, *args, **more) or send(actor, *args, **more)


def key_of(person_id):
    """What the sessions of somebody stand for, read beside whatever is open."""
    with db.engine.connect() as beside:
        return beside.scalar(select(User.fs_uniquifier).where(User.id == person_id))


def say(talk, who, number, *, now=LATER, **more):
    told = {"kind": "text", "body": f"Word {number}", "client_id": numbered(number), **more}
    return services.send(who.identity, talk.public_id, now=now, **told)


def opened(talk, donor, family):
    """One message each, read by both: the state in which a conversation mostly is."""
    say(talk, donor, 1, now=NOW)
    services.mark_read(family.identity, talk.public_id, 1, now=NOW)
    say(talk, family, 2, now=NOW)
    services.mark_read(donor.identity, talk.public_id, 2, now=NOW)


def looks():
    """What looks were asked for, in order: conversation, who is waited for, the first words."""
    key = jobs.Job.unique_key
    asked = select(key).where(key.like("messaging.remind:%")).order_by(jobs.Job.id)
    return [each.split(":", 1)[1] for each in db.session.scalars(asked)]


@pytest.fixture(params=["at once", "claimed", "longer"])
def way(request, monkeypatch):
    """Which way a message goes; those that may go at once are counted."""
    went = []
    real = at_once.send_at_once

    def counted(*args, **more):
        stored = real(*args, **more)
        went.append(stored is not None)
        return stored

    monkeypatch.setattr(sending, "send_at_once", counted if request.param != "longer" else lambda *_a, **_m: None)
    if request.param == "claimed":
        monkeypatch.setattr(services, "send", partial(claims_first, services.send))
    return went if request.param != "longer" else None


def one_lane(monkeypatch, around):
    """Have messages go to the database by one lane that this test has to itself, each group by way of ``around``."""
    for name in ("_in_one_statement", "_in_one_transaction"):
        monkeypatch.setattr(at_once, name, around(getattr(at_once, name)))
    monkeypatch.setattr(at_once, "LANES", {"sqlite": 1, "postgresql": 1})
    monkeypatch.setattr(at_once, "_LANES", WeakKeyDictionary())
