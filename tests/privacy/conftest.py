"""A small world in which every kind of private thing exists once, between a donor and a family."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts import queries as people
from app.infra.database import db
from app.matching import services as matching
from app.matching.models import Interest
from app.messaging import services as messaging
from app.moderation import services as moderation
from app.moderation.models import Case
from app.notifications.models import Notice
from tests.conftest import NOW, Person
from tests.handoffs import factories
from tests.messaging.phones import phone  # noqa: F401 - a fixture.

NOTE = "Sixty flat bags, call me Zinnia."
MESSAGE = "We come on Tuesday, says Marigold."
_ids = count(1)


def client_id() -> str:
    """The unique id of a phone's message."""
    return f"0b8f6a52-7f0e-4a53-9c1e-{next(_ids):012d}"


@dataclass(frozen=True)
class World:
    """Public ids of everything; ``interest`` is the one of a second family that waits at the donor's offer."""

    offer: str
    request: str
    waiting_request: str
    interest: str
    conversation: str
    handoff: str
    notice: str
    report: str
    case: str
    donor: str
    family: str


@pytest.fixture(autouse=True)
def moment() -> Iterator[None]:
    """The pages' clock shows the moment at which the tests play."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def world(app: Flask, donor: Person, family: Person, other_family: Person, moderator: Person) -> World:
    """The donor and the family talk and plan a handoff; another family waits; the family reported a message."""
    del moderator
    with app.app_context():
        talk = factories.talk(donor, family)
        waiting = factories.request_of(other_family)
        interest = matching.say_yes(other_family.identity, talk.offer_public_id, waiting, note=NOTE, now=NOW)
        said = messaging.send(donor.identity, talk.public_id, client_id=client_id(), kind="text", body=MESSAGE, now=NOW)
        handoff = factories.proposed(talk)
        report = moderation.report(
            family.identity, "message", f"{talk.public_id}.{said.seq}", "harassment", "Please look.", now=NOW
        )
        return World(
            offer=talk.offer_public_id, request=talk.request_public_id, waiting_request=waiting, interest=interest,
            conversation=talk.public_id, handoff=handoff, report=report,
            notice=db.session.scalars(select(Notice.public_id).where(Notice.user_id == donor.id)).first(),
            case=db.session.scalars(select(Case.public_id)).first(),
            donor=people.person(donor.id).public_id, family=people.person(family.id).public_id,
        )  # fmt: skip


def interests() -> list[str]:
    """The states of all interests."""
    db.session.rollback()
    return list(db.session.scalars(select(Interest.state).order_by(Interest.id)))
