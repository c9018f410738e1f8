"""Looking for words in one's own conversations; there is no index of words, by design."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import case, select

from app.accounts.models import User
from app.infra.database import db
from app.kernel.access import Identity
from app.messaging.models import Conversation, Message
from app.messaging.queries.conversations import mine

MOST_FOUND: Final = 50


@dataclass(frozen=True, slots=True)
class Found:
    """A message in which the words stand; ``own`` is true for one's own, ``other`` names the other one of the two."""

    conversation: str
    seq: int
    other: str
    own: bool
    body: str
    sent_at: datetime


def search(actor: Identity, wanted: str) -> list[Found]:
    """
    The newest :data:`MOST_FOUND` messages of ``actor``'s conversations that hold ``wanted`` as it is written.

    Only what stands there now: not what was deleted, not what waits for a moderator, no address.
    """
    me = actor.person_id
    other_id = case((Conversation.donor_id == me, Conversation.family_id), else_=Conversation.donor_id)
    rows = (
        select(
            Conversation.public_id,
            Message.seq,
            User.display_name,
            Message.sender_id == me,
            Message.body,
            Message.sent_at,
        )
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(User, User.id == other_id)
        .where(mine(me), Message.deleted_at.is_(None), Message.body.icontains(wanted, autoescape=True))
        .order_by(Message.sent_at.desc(), Message.id.desc())
        .limit(MOST_FOUND)
    )
    return [Found(*row) for row in db.session.execute(rows)]
