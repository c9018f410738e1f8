"""How far somebody has read; the mark only grows."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from app.infra import event_bus
from app.infra.transaction import transaction
from app.kernel.access import Identity
from app.kernel.errors import Invalid
from app.kernel.words import N_
from app.messaging import queries, rules
from app.messaging.events import ConversationRead
from app.messaging.models import ReadMark
from app.messaging.queries import ConversationView
from app.messaging.services.refusals import closed
from app.notifications.services import settle


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
        moved = advance_mark(session, conversation, actor.person_id, wanted, now=now)
        if moved and wanted == conversation.last_seq:
            for kind in ("message_waiting", "answer_waited_for"):
                settle(actor.person_id, kind, f"/messages/{conversation.public_id}", now=now)
        return queries.read_up_to(conversation.id, actor.person_id)


def pass_own(session: Session, conversation: ConversationView, writer_id: int, seq: int, *, now: datetime) -> None:
    """
    Move the writer's mark over her own message at ``seq`` when she had read all before it.

    A phone that was away sends what it kept before anybody looked at what came meanwhile: that still waits.
    """
    if seq == 1:
        advance_mark(session, conversation, writer_id, seq, now=now)
        return
    had_read_all = update(ReadMark).where(
        ReadMark.conversation_id == conversation.id, ReadMark.user_id == writer_id, ReadMark.seq == seq - 1
    )
    moved = session.execute(had_read_all.values(seq=seq, read_at=now).returning(ReadMark.seq)).scalar_one_or_none()
    if moved is not None:
        _tell(conversation, writer_id, seq, now=now)


def advance_mark(session: Session, conversation: ConversationView, reader_id: int, seq: int, *, now: datetime) -> bool:
    """Move the reader's mark forward to ``seq``, never back, and tell when it moved; returns whether it did."""
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    fresh = insert(ReadMark).values(conversation_id=conversation.id, user_id=reader_id, seq=seq, read_at=now)
    moved = session.execute(
        fresh.on_conflict_do_update(
            index_elements=["conversation_id", "user_id"],
            set_={"seq": seq, "read_at": now},
            where=ReadMark.seq < seq,
        ).returning(ReadMark.seq)
    ).scalar_one_or_none()
    if moved is None or seq == 0:
        return False
    _tell(conversation, reader_id, seq, now=now)
    return True


def _tell(conversation: ConversationView, reader_id: int, seq: int, *, now: datetime) -> None:
    event_bus.record(
        ConversationRead(
            at=now,
            conversation_id=conversation.id,
            seq=seq,
            reader_id=reader_id,
            other_id=conversation.other_than(reader_id),
        )
    )
