"""
How a message takes its place: one UPDATE decides who may write and what comes next.

That nothing is doubled is decided by the unique id the phone gave its message.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, or_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.infra import event_bus
from app.infra.transaction import attempt, violated
from app.messaging import queries
from app.messaging.events import MessageSent
from app.messaging.models import Conversation, Message
from app.messaging.queries import ConversationView, MessageView
from app.messaging.rules import Draft, Kind
from app.messaging.services.reading import pass_own
from app.messaging.services.refusals import closed, other_words

_ALREADY_SENT: Final = ("uq_messages_client", "messages.sender_id, messages.client_id")
"""The unique id of a phone's message, as PostgreSQL and as SQLite name it."""


def same(earlier: MessageView, conversation: ConversationView, draft: Draft) -> MessageView:
    """
    Return the message stored before, provided that it said the same in the same place when it was sent.

    One that was changed since is compared with its first words, as long as they are kept.
    """
    body, payload = earlier.body, earlier.payload
    if earlier.deleted_at is not None and earlier.kind is Kind.ANSWER:
        payload = draft.payload
    elif earlier.change_no:
        first = queries.as_first_sent(earlier.conversation_id, earlier.seq)
        body, payload = (first.body, first.payload) if first else (draft.body, draft.payload)
    said = (earlier.conversation_id, earlier.kind, earlier.reply_to, body, payload)
    if said != (conversation.id, draft.kind, draft.reply_to, draft.body, draft.payload):
        raise other_words()
    return earlier


def append(
    session: Session, conversation: ConversationView, sender_id: int, draft: Draft, *, now: datetime
) -> MessageView:
    """
    Store a message at the end of its conversation, once for each ``client_id``, and say that it was sent.

    Raises Conflict when nobody can write there, :class:`Invalid` when the id stands for other words.
    """
    try:
        with attempt(session):
            stored = _store(session, conversation, sender_id, draft, now=now)
    except IntegrityError as error:
        # The same phone sent the same message twice at once: the savepoint took the new number back.
        if not any(violated(error, name) for name in _ALREADY_SENT):
            raise
        earlier = queries.message_of_client(sender_id, draft.client_id)
        if earlier is None:
            raise
        return same(earlier, conversation, draft)
    pass_own(session, conversation, sender_id, stored.seq, now=now)
    event_bus.record(
        MessageSent(
            at=now,
            conversation_id=conversation.id,
            seq=stored.seq,
            sender_id=sender_id,
            recipient_id=conversation.other_than(sender_id),
        )
    )
    return stored


def may_write(conversation_id: int, person_id: int) -> ColumnElement[bool]:
    """A condition on :class:`Conversation`: this person may write into it now."""
    member = or_(Conversation.donor_id == person_id, Conversation.family_id == person_id)
    return (Conversation.id == conversation_id) & member & Conversation.closed_at.is_(None) & ~queries.between_blocked()


def _store(
    session: Session, conversation: ConversationView, sender_id: int, draft: Draft, *, now: datetime
) -> MessageView:
    """Take the next number and write the message; who may, what comes next and who hears it is one statement."""
    taken = session.execute(
        update(Conversation)
        .where(may_write(conversation.id, sender_id))
        .values(last_seq=Conversation.last_seq + 1, last_message_at=now)
        .returning(Conversation.last_seq)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if taken is None:
        raise closed()
    row = Message(
        conversation_id=conversation.id,
        seq=taken,
        sender_id=sender_id,
        client_id=draft.client_id,
        kind=draft.kind.value,
        body=draft.body,
        payload=None if draft.payload is None else dict(draft.payload),
        reply_to=draft.reply_to,
        sent_at=now,
        change_no=0,
    )
    session.add(row)
    session.flush()
    return queries.message_view(row)
