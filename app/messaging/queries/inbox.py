"""Somebody's list of conversations."""

from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select

from app.accounts.models import User
from app.infra.database import db
from app.kernel.access import Identity
from app.messaging.models import Conversation, ConversationChoice, Message
from app.messaging.queries.conversations import between_blocked, mine
from app.messaging.queries.reading import unread_by
from app.messaging.queries.views import InboxLine, conversation_view, message_view, other_person
from app.messaging.rules import WORDS


def inbox(actor: Identity, *, archived: bool = False) -> list[InboxLine]:
    """
    The conversations of ``actor``, the newest message first; one without a message stands by its opening.

    With ``archived`` those she put away, otherwise the others; a later message brings one back.
    """
    me = actor.person_id
    other_id = case((Conversation.donor_id == me, Conversation.family_id), else_=Conversation.donor_id)
    newest = and_(Message.conversation_id == Conversation.id, Message.seq == Conversation.last_seq)
    chosen = and_(ConversationChoice.conversation_id == Conversation.id, ConversationChoice.user_id == me)
    away = func.coalesce(ConversationChoice.archived_seq, -1) >= Conversation.last_seq
    rows = (
        select(Conversation, between_blocked(), User, Message, unread_by(me), last_speaker(), ConversationChoice.muted)
        .join(User, User.id == other_id)
        .outerjoin(Message, newest)
        .outerjoin(ConversationChoice, chosen)
        .where(mine(me), away if archived else ~away)
        .order_by(func.coalesce(Conversation.last_message_at, Conversation.created_at).desc(), Conversation.id.desc())
    )
    return [_line(row, me, archived=archived) for row in db.session.execute(rows)]


def _line(row: Any, me: int, *, archived: bool) -> InboxLine:  # noqa: ANN401 - a row of the statement above.
    stored, blocked, user, last, unread, speaker, muted = row
    conversation = conversation_view(stored, blocked=blocked)
    return InboxLine(
        conversation,
        other_person(user),
        message_view(last) if last else None,
        unread,
        waits=speaker not in {None, me} and not conversation.closed,
        muted=bool(muted),
        archived=archived,
    )


def last_speaker() -> ColumnElement[int]:
    """Who said the last words of a :class:`Conversation`; cards and lines of the system are no words."""
    words = [kind.value for kind in WORDS]
    said = (
        select(Message.sender_id)
        .where(Message.conversation_id == Conversation.id, Message.kind.in_(words), Message.deleted_at.is_(None))
        .order_by(Message.seq.desc())
        .limit(1)
    )
    return said.correlate(Conversation).scalar_subquery()
