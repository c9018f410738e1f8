"""What is left of conversations when two are parted, by a block or because an account was shut."""

from datetime import datetime
from typing import Final

from sqlalchemy import and_, or_, select

from app.infra.transaction import transaction
from app.messaging.models import Conversation
from app.notifications.services import settle

KINDS: Final = ("message_waiting", "answer_waited_for")
"""The kinds of notices that messaging leaves."""


def settle_between(person_id: int, other_id: int, *, now: datetime) -> None:
    """Read, for both, the notices of what these two wrote each other: none of them leaves the site any more."""
    pair = or_(
        and_(Conversation.donor_id == person_id, Conversation.family_id == other_id),
        and_(Conversation.donor_id == other_id, Conversation.family_id == person_id),
    )
    with transaction() as session:
        for public_id in session.scalars(select(Conversation.public_id).where(pair)).all():
            _settle((person_id, other_id), public_id, now=now)


def settle_with(person_id: int, *, now: datetime) -> None:
    """Read the notices about everything somebody wrote whose account was shut, for those she wrote to."""
    hers = or_(Conversation.donor_id == person_id, Conversation.family_id == person_id)
    with transaction() as session:
        found = session.execute(
            select(Conversation.public_id, Conversation.donor_id, Conversation.family_id).where(hers)
        ).all()
        for public_id, donor_id, family_id in found:
            _settle((donor_id, family_id), public_id, now=now)


def _settle(people: tuple[int, int], public_id: str, *, now: datetime) -> None:
    for person_id in people:
        for kind in KINDS:
            settle(person_id, kind, f"/messages/{public_id}", now=now)
