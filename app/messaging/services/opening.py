"""A conversation opens when both have said yes."""

from datetime import datetime

from app.infra import event_bus
from app.infra.transaction import transaction
from app.kernel.ids import new_public_id
from app.matching.events import InterestAccepted
from app.messaging import queries
from app.messaging.events import ConversationOpened
from app.messaging.models import Conversation


def open_conversation(accepted: InterestAccepted, *, now: datetime) -> int:
    """
    Open the conversation of an accepted interest and return its id.

    Opening it a second time changes nothing and returns the first.
    """
    with transaction() as session:
        existing = queries.conversation_of_interest(accepted.interest_id)
        if existing is not None:
            return existing.id
        opened = Conversation(
            public_id=new_public_id(),
            interest_id=accepted.interest_id,
            offer_id=accepted.offer_id,
            request_id=accepted.request_id,
            donor_id=accepted.donor_id,
            family_id=accepted.family_id,
            last_seq=0,
            created_at=now,
        )
        session.add(opened)
        session.flush()
        event_bus.record(
            ConversationOpened(
                at=now,
                conversation_id=opened.id,
                interest_id=opened.interest_id,
                donor_id=opened.donor_id,
                family_id=opened.family_id,
            )
        )
        return opened.id
