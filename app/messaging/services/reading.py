"""How far somebody has read; the mark only grows."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Table, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.infra import event_bus
from app.infra.direct import Direct
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


_MARKS: Final = cast("Table", ReadMark.__table__)
_OVER_OWN: Final = Direct(
    update(_MARKS)
    .where(
        _MARKS.c.conversation_id == bindparam("talk"),
        _MARKS.c.user_id == bindparam("writer"),
        _MARKS.c.seq == bindparam("own") - 1,
    )
    .values(seq=bindparam("own"), read_at=bindparam("now"))
)


def pass_own(session: Session, conversation: ConversationView, writer_id: int, seq: int, *, now: datetime) -> None:
    """
    Move the writer's mark over her own message at ``seq`` when she had read all before it; the message tells of it.

    A phone that was away sends what it kept before anybody looked at what came meanwhile: that still waits.
    """
    if seq == 1:
        _move(session, conversation, writer_id, seq, now=now)
        return
    _OVER_OWN(session, talk=conversation.id, writer=writer_id, own=seq, now=now)


def _forward(insert: Callable[..., Any]) -> Any:  # noqa: ANN401 - either database's own.
    names = ("conversation_id", "user_id", "seq", "read_at")
    fresh = insert(_MARKS).values({name: bindparam(name, type_=_MARKS.c[name].type) for name in names})
    return fresh.on_conflict_do_update(
        index_elements=["conversation_id", "user_id"],
        set_={"seq": fresh.excluded.seq, "read_at": fresh.excluded.read_at},
        where=_MARKS.c.seq < fresh.excluded.seq,
    ).returning(_MARKS.c.seq)


_FORWARD: Final = Direct({"sqlite": _forward(sqlite.insert), "postgresql": _forward(postgresql.insert)})


def _move(session: Session, conversation: ConversationView, reader_id: int, seq: int, *, now: datetime) -> bool:
    return bool(_FORWARD(session, conversation_id=conversation.id, user_id=reader_id, seq=seq, read_at=now))


def advance_mark(session: Session, conversation: ConversationView, reader_id: int, seq: int, *, now: datetime) -> bool:
    """Move the reader's mark forward to ``seq``, never back, and tell when it moved; returns whether it did."""
    if not _move(session, conversation, reader_id, seq, now=now) or seq == 0:
        return False
    event_bus.record(
        ConversationRead(
            at=now,
            conversation_id=conversation.id,
            seq=seq,
            reader_id=reader_id,
            other_id=conversation.other_than(reader_id),
        )
    )
    return True
