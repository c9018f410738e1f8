"""
What a withdrawal and a lot that moves mean for the cards in threads.

A card is put where withdrawn milk was given, in the transaction that tells its family; whoever is told by the same job
again is in none of its statements, so that a card stands there once.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import select

from app.handoffs import queries
from app.handoffs.events import HandoffUpdated
from app.handoffs.models import Handoff, HandoffLot
from app.handoffs.rules.states import UNMET
from app.handoffs.services.changes import happened
from app.handoffs.services.lots import show_lots
from app.infra import event_bus
from app.infra.transaction import transaction
from app.messaging.services import NewCard, post_cards

CARD: Final = "withdrawal"
"""The kind of the card that says that milk which was given here is withdrawn; its id is the conversation's own."""

_NAMES: Final = uuid.UUID("8d7b2f0c-35a4-4d0e-9d0d-6e5a2c1f7b90")


def show_in_threads(withdrawal_id: int, holders: Iterable[str], *, now: datetime) -> None:
    """Put a card into each conversation in which these holders were given milk, one for each withdrawal."""
    cards = [
        NewCard(place.conversation_id, place.donor_id, {CARD: place.public_id}, _key(withdrawal_id, place))
        for place in queries.places_of(holders)
    ]
    post_cards(cards, now=now)


def _key(withdrawal_id: int, place: queries.Place) -> str:
    return str(uuid.uuid5(_NAMES, f"{withdrawal_id}:{place.conversation_id}"))


def show_moved(custody_id: int, *, now: datetime) -> None:
    """
    A lot is kept elsewhere: what families of agreed meetings are shown of it follows, and is to be accepted anew.

    Who has met has the bags, and is shown what they were.
    """
    named = select(HandoffLot.handoff_id).where(HandoffLot.custody_id == custody_id)
    with transaction() as session:
        wanted = select(Handoff).where(Handoff.id.in_(named), Handoff.state.in_(UNMET)).order_by(Handoff.id)
        for row in session.scalars(wanted.with_for_update()):
            show_lots(session, row)
            event_bus.record(happened(HandoffUpdated, row, actor_id=row.donor_id, now=now))
