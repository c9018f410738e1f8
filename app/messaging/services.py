"""
Use-cases of conversations: open, send, post a card, mark as read.

Order and membership are decided by one UPDATE of the conversation's row; that nothing is doubled, by the unique id the
phone gave its message.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, or_, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.infra import event_bus, jobs
from app.infra.transaction import attempt, transaction, violated
from app.kernel.access import Identity
from app.kernel.errors import Conflict, Invalid
from app.kernel.ids import new_public_id
from app.kernel.words import N_
from app.matching.events import InterestAccepted
from app.messaging import queries, rules
from app.messaging.events import ConversationOpened, ConversationRead, MessageSent
from app.messaging.models import Conversation, Message, ReadMark
from app.messaging.queries import ConversationView, MessageView
from app.messaging.rules import Draft, Kind
from app.notifications.services import notify

_ALREADY_SENT: Final = ("uq_messages_client", "messages.sender_id, messages.client_id")
"""The unique id of a phone's message, as PostgreSQL and as SQLite name it."""

REMIND: Final = "messaging.remind"
REMIND_AFTER: Final = timedelta(minutes=10)
"""How long a message may wait unread before its reader gets a notice and a mail."""


def closed() -> Conflict:
    """What somebody hears who writes where nobody can write any more; a block sounds no different from an end."""
    return Conflict(N_("This conversation has ended. You can still read it."), code="conversation_closed")


def open_conversation(accepted: InterestAccepted, *, now: datetime) -> int:
    """
    Open the conversation of an accepted interest and return its id.

    Opening it a second time changes nothing and returns the first.
    """
    with transaction() as session:
        existing = queries.conversation_of_interest(accepted.interest_id)
        if existing is not None:
            return existing.id
        opened = Conversation(
            public_id=new_public_id(),
            interest_id=accepted.interest_id,
            offer_id=accepted.offer_id,
            request_id=accepted.request_id,
            donor_id=accepted.donor_id,
            family_id=accepted.family_id,
            last_seq=0,
            created_at=now,
        )
        session.add(opened)
        session.flush()
        event_bus.record(
            ConversationOpened(
                at=now,
                conversation_id=opened.id,
                interest_id=opened.interest_id,
                donor_id=opened.donor_id,
                family_id=opened.family_id,
            )
        )
        return opened.id


def send(
    actor: Identity,
    conversation_public_id: str,
    *,
    client_id: object,
    kind: object,
    body: object,
    payload: object = None,
    now: datetime,
) -> MessageView:
    """
    Store a text or a question of ``actor`` and return it with its place in the conversation.

    Sent again under the same ``client_id``, the first one is returned and nothing is stored; with another content it
    is :class:`Invalid`. Raises NotFound for anybody but the two people, Conflict when the conversation has ended.
    """
    draft = rules.draft(client_id, kind, body, payload)
    with transaction() as session:
        conversation = queries.conversation_for(actor, conversation_public_id)
        earlier = queries.message_of_client(actor.person_id, draft.client_id)
        if earlier is not None:
            return _same(earlier, conversation, draft)
        if draft.kind is Kind.QUESTION:
            _require_ask(conversation, draft)
        return _append(session, conversation, actor.person_id, draft, now=now)


def post_card(conversation_id: int, sender_id: int, payload: Mapping[str, Any], *, now: datetime) -> MessageView:
    """
    Put a card into a conversation on behalf of one of its two people, for a capability above this one.

    ``payload`` holds ids only, such as ``{"handoff": public_id}``. Raises Conflict when the conversation has ended.
    """
    with transaction() as session:
        conversation = queries.conversation(conversation_id)
        draft = Draft(str(uuid.uuid4()), Kind.CARD, "", dict(payload))
        return _append(session, conversation, sender_id, draft, now=now)


def mark_read(actor: Identity, conversation_public_id: str, seq: object, *, now: datetime) -> int:
    """
    Note that ``actor`` has read up to ``seq`` and return how far the mark stands; it only grows.

    Raises Invalid for a number beyond the last message, Conflict when one has blocked the other.
    """
    wanted = rules.clean_seq(seq)
    with transaction() as session:
        conversation = queries.conversation_for(actor, conversation_public_id)
        if conversation.blocked:
            raise closed()
        if wanted > conversation.last_seq:
            raise Invalid({"seq": [N_("There is no such message.")]})
        _advance_mark(session, conversation, actor.person_id, wanted, now=now)
        return queries.read_up_to(conversation.id, actor.person_id)


def remind_later(conversation_id: int, person_id: int, *, now: datetime) -> None:
    """
    Look again after :data:`REMIND_AFTER` whether somebody has read what waits for her, in the transaction of a message.

    Until she reads, further messages ask for no further look.
    """
    read = queries.read_up_to(conversation_id, person_id)
    jobs.enqueue(
        REMIND,
        {"conversation": conversation_id, "person": person_id, "read": read},
        now=now,
        unique_key=f"{REMIND}:{conversation_id}:{person_id}:{read}",
        delay=REMIND_AFTER,
    )


def remind(conversation_id: int, person_id: int, read: int, *, now: datetime) -> None:
    """
    Leave a notice, with a mail that quotes nothing, when words of the other still wait unread; once for each ``read``.

    A card brings a notice of its own and is not counted.
    """
    with transaction():
        conversation = queries.conversation(conversation_id)
        people = queries.people_of(conversation)
        shut = conversation.blocked or not all(person.active for person in people.values())
        if shut or not queries.waits_unread(conversation_id, person_id):
            return
        notify(
            person_id,
            "message_waiting",
            item=f"conversation:{conversation_id}:{read}",
            path=f"/messages/{conversation.public_id}",
            params={"name": people[conversation.other_than(person_id)].display_name},
            mail=True,
            now=now,
        )


def _same(earlier: MessageView, conversation: ConversationView, draft: Draft) -> MessageView:
    """Return the message stored before, provided that it says the same in the same place."""
    said = (earlier.conversation_id, earlier.kind, earlier.body, earlier.payload)
    if said != (conversation.id, draft.kind, draft.body, draft.payload):
        raise Invalid({"client_id": [N_("This was already sent with other words. Please send it again.")]})
    return earlier


def _require_ask(conversation: ConversationView, draft: Draft) -> None:
    asks = queries.asks_of(conversation.interest_id)
    if draft.payload is None or draft.payload["attribute"] not in asks:
        raise Invalid({"body": [N_("That is not an open question of this match.")]})


def _append(
    session: Session, conversation: ConversationView, sender_id: int, draft: Draft, *, now: datetime
) -> MessageView:
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
        return _same(earlier, conversation, draft)
    _advance_mark(session, conversation, sender_id, stored.seq, now=now)
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


def _may_write(conversation_id: int, person_id: int) -> ColumnElement[bool]:
    member = or_(Conversation.donor_id == person_id, Conversation.family_id == person_id)
    return (Conversation.id == conversation_id) & member & Conversation.closed_at.is_(None) & ~queries.between_blocked()


def _store(
    session: Session, conversation: ConversationView, sender_id: int, draft: Draft, *, now: datetime
) -> MessageView:
    """Take the next number and write the message; who may, what comes next and who hears it is one statement."""
    taken = session.execute(
        update(Conversation)
        .where(_may_write(conversation.id, sender_id))
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
        sent_at=now,
    )
    session.add(row)
    session.flush()
    return queries.message_view(row)


def _advance_mark(session: Session, conversation: ConversationView, reader_id: int, seq: int, *, now: datetime) -> None:
    """Move the reader's mark forward to ``seq``, never back, and tell when it moved."""
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    fresh = insert(ReadMark).values(conversation_id=conversation.id, user_id=reader_id, seq=seq, read_at=now)
    moved = session.execute(
        fresh.on_conflict_do_update(
            index_elements=["conversation_id", "user_id"],
            set_={"seq": seq, "read_at": now},
            where=ReadMark.seq < seq,
        ).returning(ReadMark.seq)
    ).scalar_one_or_none()
    if moved is not None and seq > 0:
        event_bus.record(
            ConversationRead(
                at=now,
                conversation_id=conversation.id,
                seq=seq,
                reader_id=reader_id,
                other_id=conversation.other_than(reader_id),
            )
        )
