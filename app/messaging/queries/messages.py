"""Messages of one conversation, in the order of their numbers."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from app.infra.database import db
from app.kernel.errors import NotFound
from app.messaging.models import Message
from app.messaging.queries.views import ConversationView, MessageView, message_view

PAGE: Final = 50
"""Messages on one page of history."""


CATCH_UP: Final = 200
"""Most messages in one answer to a phone that catches up; it asks again while there are more."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Messages that were changed, in the order of their changes; ``change_no`` is how far they reach."""

    messages: list[MessageView]
    change_no: int
    more: bool


def message(conversation_id: int, seq: int) -> MessageView:
    """One message by its place; NotFound when there is none."""
    row = db.session.scalars(select(Message).filter_by(conversation_id=conversation_id, seq=seq)).one_or_none()
    if row is None:
        raise NotFound
    return message_view(row)


def message_of_client(sender_id: int, client_id: str) -> MessageView | None:
    """The message somebody's phone already sent under this id, or None."""
    row = db.session.scalars(select(Message).filter_by(sender_id=sender_id, client_id=client_id)).one_or_none()
    return None if row is None else message_view(row)


def messages_after(conversation_id: int, seq: int, limit: int = CATCH_UP) -> list[MessageView]:
    """The messages that follow ``seq``, oldest first, at most ``limit``."""
    rows = select(Message).where(Message.conversation_id == conversation_id, Message.seq > seq)
    return [message_view(row) for row in db.session.scalars(rows.order_by(Message.seq).limit(limit))]


def messages_before(conversation_id: int, seq: int | None = None, limit: int = PAGE) -> list[MessageView]:
    """The last ``limit`` messages before ``seq`` (None: the newest), oldest first."""
    rows = select(Message).where(Message.conversation_id == conversation_id)
    if seq is not None:
        rows = rows.where(Message.seq < seq)
    found = db.session.scalars(rows.order_by(Message.seq.desc()).limit(limit))
    return [message_view(row) for row in reversed(found.all())]


def changes_after(conversation: ConversationView, change_no: int, *, up_to: int, limit: int = CATCH_UP) -> Changes:
    """
    The messages up to the place ``up_to`` that were edited or deleted after ``change_no``, as they stand now.

    Whoever asks again with the answer's ``change_no`` misses none; one may come twice when it changes meanwhile.
    """
    rows = select(Message).where(
        Message.conversation_id == conversation.id,
        Message.change_no > change_no,
        Message.change_no > 0,
        Message.seq <= up_to,
    )
    found = [message_view(row) for row in db.session.scalars(rows.order_by(Message.change_no).limit(limit))]
    cut = len(found) == limit
    return Changes(found, found[-1].change_no if cut else conversation.change_no, more=cut)
