"""Who allows others to see that they look at a conversation right now; whether they do is stored nowhere."""

from sqlalchemy import and_, func, or_, select

from app.accounts.models import User
from app.infra.database import db
from app.messaging.models import Conversation, PresenceChoice
from app.messaging.queries.conversations import between_blocked, mine
from app.messaging.queries.views import ConversationView


def shows_presence(person_id: int) -> bool:
    """Whether somebody allows it; nobody does at first."""
    return db.session.get(PresenceChoice, person_id) is not None


def both_show(conversation: ConversationView) -> bool:
    """Whether both of a conversation's people allow it now, and neither account is shut."""
    both = (conversation.donor_id, conversation.family_id)
    allowing = (
        select(func.count())
        .select_from(PresenceChoice)
        .join(User, User.id == PresenceChoice.user_id)
        .where(User.id.in_(both), User.active)
    )
    return db.session.scalar(allowing) == len(both)


def seen_by(person_id: int, *, other_id: int | None = None, parted: bool = False) -> list[tuple[str, int]]:
    """
    The conversations in which somebody else may have seen this person, each with that other one's id.

    Only others who allow it themselves; of ``other_id`` alone when it is given. Blocked pairs only when ``parted``.
    """
    is_other = or_(
        and_(Conversation.donor_id == PresenceChoice.user_id, Conversation.family_id == person_id),
        and_(Conversation.family_id == PresenceChoice.user_id, Conversation.donor_id == person_id),
    )
    rows = select(Conversation.public_id, User.id).join(PresenceChoice, is_other)
    rows = rows.join(User, User.id == PresenceChoice.user_id).where(User.active, mine(person_id))
    if other_id is not None:
        rows = rows.where(User.id == other_id)
    if not parted:
        rows = rows.where(~between_blocked())
    return [(public_id, other) for public_id, other in db.session.execute(rows)]
