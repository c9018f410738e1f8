"""Somebody's list of conversations."""

from sqlalchemy import and_, case, func, select

from app.accounts.models import User
from app.infra.database import db
from app.kernel.access import Identity
from app.messaging.models import Conversation, Message
from app.messaging.queries.conversations import between_blocked, mine
from app.messaging.queries.reading import unread_by
from app.messaging.queries.views import InboxLine, conversation_view, message_view, other_person


def inbox(actor: Identity) -> list[InboxLine]:
    """The conversations of ``actor``, the newest message first; one without a message stands by its opening."""
    me = actor.person_id
    other_id = case((Conversation.donor_id == me, Conversation.family_id), else_=Conversation.donor_id)
    newest = and_(Message.conversation_id == Conversation.id, Message.seq == Conversation.last_seq)
    rows = (
        select(Conversation, between_blocked(), User, Message, unread_by(me))
        .join(User, User.id == other_id)
        .outerjoin(Message, newest)
        .where(mine(me))
        .order_by(func.coalesce(Conversation.last_message_at, Conversation.created_at).desc(), Conversation.id.desc())
    )
    return [
        InboxLine(
            conversation_view(row, blocked=blocked), other_person(user), message_view(last) if last else None, unread
        )
        for row, blocked, user, last, unread in db.session.execute(rows)
    ]
