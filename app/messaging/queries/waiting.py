"""Who waits for whose answer, and how soon somebody usually gives one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from app.infra.database import db
from app.messaging.models import Conversation, KindReminder, Message
from app.messaging.queries.views import ConversationView
from app.messaging.rules import LOOK_BACK, WORDS, answer_times, usual_time

_WORDS = [kind.value for kind in WORDS]


@dataclass(frozen=True, slots=True)
class Stretch:
    """
    Somebody's words that wait for an answer: after which number of the other's, since when, and whether reminded.

    ``since`` is None when none wait.
    """

    answered_seq: int
    since: datetime | None
    reminded: bool


def stretch(conversation: ConversationView, waiting_id: int) -> Stretch:
    """What of ``waiting_id`` waits for the other one's answer in a conversation."""
    said = select(Message).where(
        Message.conversation_id == conversation.id, Message.kind.in_(_WORDS), Message.deleted_at.is_(None)
    )
    answered = said.where(Message.sender_id != waiting_id).with_only_columns(func.coalesce(func.max(Message.seq), 0))
    answered_seq = db.session.scalars(answered).one()
    waits = said.where(Message.sender_id == waiting_id, Message.seq > answered_seq)
    since = db.session.scalars(waits.with_only_columns(Message.sent_at).order_by(Message.seq).limit(1)).first()
    key = {"conversation_id": conversation.id, "waiting_id": waiting_id, "answered_seq": answered_seq}
    return Stretch(answered_seq, since, db.session.get(KindReminder, key) is not None)


def usually_answers(person_id: int, *, now: datetime) -> str | None:
    """
    How soon somebody usually answered in the last 90 days, as a coarse word of the rules; None for too few answers.

    Counted from the first of each turn to speak, over all conversations; nothing of it is kept.
    """
    before = func.lag(Message.sender_id).over(partition_by=Message.conversation_id, order_by=Message.seq)
    said = (
        select(Message.conversation_id, Message.seq, Message.sender_id, Message.sent_at, before.label("before"))
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            or_(Conversation.donor_id == person_id, Conversation.family_id == person_id),
            Message.kind.in_(_WORDS),
            Message.deleted_at.is_(None),
            Message.sent_at > now - LOOK_BACK,
        )
        .subquery()
    )
    turns = (
        select(said.c.conversation_id, said.c.sender_id, said.c.sent_at)
        .where(or_(said.c.before.is_(None), said.c.before != said.c.sender_id))
        .order_by(said.c.conversation_id, said.c.seq)
    )
    rows = [(row[0], row[1], row[2]) for row in db.session.execute(turns)]
    return usual_time(answer_times(rows, person_id))
