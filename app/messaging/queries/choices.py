"""How one of the two wants a conversation treated."""

from dataclasses import dataclass

from sqlalchemy import select

from app.infra.database import db
from app.messaging.models import ConversationChoice
from app.messaging.queries.views import ConversationView


@dataclass(frozen=True, slots=True)
class Choices:
    """``muted``: no mail and no push about it. ``archived``: put away until the next message."""

    muted: bool
    archived: bool


def choices(conversation: ConversationView, person_id: int) -> Choices:
    """What somebody chose for a conversation; nothing is chosen at first."""
    row = db.session.execute(
        select(ConversationChoice.muted, ConversationChoice.archived_seq).filter_by(
            conversation_id=conversation.id, user_id=person_id
        )
    ).one_or_none()
    if row is None:
        return Choices(muted=False, archived=False)
    return Choices(row.muted, row.archived_seq is not None and row.archived_seq >= conversation.last_seq)
