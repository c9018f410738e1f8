"""Cards that stand for something of another capability."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.infra.transaction import transaction
from app.messaging import queries
from app.messaging.queries import MessageView
from app.messaging.rules import Draft, Kind
from app.messaging.services.storing import append


def post_card(conversation_id: int, sender_id: int, payload: Mapping[str, Any], *, now: datetime) -> MessageView:
    """
    Put a card into a conversation on behalf of one of its two people, for a capability above this one.

    ``payload`` holds ids only, such as ``{"handoff": public_id}``. Raises Conflict when the conversation has ended.
    """
    with transaction() as session:
        conversation = queries.conversation(conversation_id)
        draft = Draft(str(uuid.uuid4()), Kind.CARD, "", dict(payload))
        return append(session, conversation, sender_id, draft, now=now)
