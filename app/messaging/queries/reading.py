"""How far somebody has read, and what waits unread."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from app.infra.database import db
from app.messaging.models import Conversation, Message, ReadMark
from app.messaging.queries.conversations import between_blocked, mine
from app.messaging.rules import WORDS


def read_up_to(conversation_id: int, person_id: int) -> int:
    """The sequence number up to which somebody has read; 0 for nothing yet."""
    mark = select(ReadMark.seq).filter_by(conversation_id=conversation_id, user_id=person_id)
    return db.session.scalar(mark) or 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """The first message that waits unread, and when it was sent."""

    seq: int
    sent_at: datetime


def waits_unread(conversation_id: int, person_id: int) -> Waiting | None:
    """
    The first words the other one wrote that this person has not read, or None.

    Cards, notes of the system and what was taken back do not count.
    """
    waiting = select(Message.seq, Message.sent_at).where(
        Message.conversation_id == conversation_id,
        Message.sender_id != person_id,
        Message.kind.in_([kind.value for kind in WORDS]),
        Message.deleted_at.is_(None),
        Message.seq > read_up_to(conversation_id, person_id),
    )
    row = db.session.execute(waiting.order_by(Message.seq).limit(1)).one_or_none()
    return None if row is None else Waiting(row.seq, row.sent_at)


def unread_by(person_id: int) -> ColumnElement[int]:
    """How many messages of a :class:`Conversation` the other one wrote after what ``person_id`` has read."""
    mark = (
        select(ReadMark.seq)
        .where(ReadMark.conversation_id == Conversation.id, ReadMark.user_id == person_id)
        .correlate(Conversation)
        .scalar_subquery()
    )
    unread = select(func.count()).where(
        Message.conversation_id == Conversation.id,
        Message.sender_id != person_id,
        Message.deleted_at.is_(None),
        Message.seq > func.coalesce(mark, 0),
    )
    return unread.correlate(Conversation).scalar_subquery()


def unread_total(person_id: int) -> int:
    """How many messages wait for somebody, over all conversations that are still open to them."""
    waiting = select(func.sum(unread_by(person_id))).where(mine(person_id), ~between_blocked())
    return db.session.scalar(waiting) or 0
