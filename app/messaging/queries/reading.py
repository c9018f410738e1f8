"""How far somebody has read, and what waits unread."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    String,
    Table,
    bindparam,
    case,
    func,
    literal_column,
    select,
)

from app.infra import jobs
from app.infra.database import db
from app.infra.direct import Direct
from app.messaging.models import Conversation, Message, ReadMark
from app.messaging.queries.conversations import between_blocked, mine
from app.messaging.rules import WORDS

REMIND: Final = "messaging.remind"
"""The job that looks whether words still wait unread; its key names the conversation, who waits for, and the words."""

LOOK_AHEAD: Final = timedelta(minutes=1)
"""A look that is due later than this finds all that is being stored now: no transaction takes as long."""

_TALK: Final = cast("Table", Conversation.__table__).c
_MARK: Final = cast("Table", ReadMark.__table__).c
_SAYS: Final = cast("Table", Message.__table__).c
_WORDS: Final = _SAYS.kind.in_([literal_column(f"'{kind.value}'") for kind in WORDS]) & _SAYS.deleted_at.is_(None)

_COLON: Final = literal_column("':'", String)
_NOTHING: Final = literal_column("0", Integer)
_ONE: Final = literal_column("1", Integer)
"""What never changes stands in the statement: each value handed over costs a little every time."""


def look_key(conversation_id: int, person_id: int, seq: int) -> str:
    """What the look at words waiting for somebody is known by among the jobs."""
    return f"{REMIND}:{conversation_id}:{person_id}:{seq}"


def _mark_of(person: ColumnElement[int], conversation: ColumnElement[int]) -> Any:  # noqa: ANN401 - one value.
    return (
        select(_MARK.seq).where(_MARK.conversation_id == conversation, _MARK.user_id == person).scalar_subquery()
    )  # fmt: skip


def mark_of(person: ColumnElement[int]) -> Any:  # noqa: ANN401 - one value of a statement.
    """In a statement that reads conversations: how far somebody has read the one at hand, None for nothing yet."""
    return _mark_of(person, _TALK.id).correlate(_TALK.id.table)


def reader_of(writer: ColumnElement[int]) -> ColumnElement[int]:
    """In a statement that reads conversations: who reads what ``writer`` says."""
    return case((_TALK.donor_id == writer, _TALK.family_id), else_=_TALK.donor_id)


def first_unread(writer: ColumnElement[int]) -> Any:  # noqa: ANN401 - one value of a statement.
    """In a statement that reads conversations: where the first words of ``writer`` stand that wait unread, or None."""
    return (
        select(_SAYS.seq)
        .where(
            _SAYS.conversation_id == _TALK.id,
            # Of two people the other one: that few rows are the writer's PostgreSQL would take for granted, gather all
            # that waits and sort it.
            _SAYS.sender_id != reader_of(writer),
            _WORDS,
            _SAYS.seq > func.coalesce(mark_of(reader_of(writer)), _NOTHING),
        )
        .order_by(_SAYS.seq)
        .limit(_ONE)
        .correlate(_TALK.id.table)
        .scalar_subquery()
    )


def look_named(
    conversation: ColumnElement[int], reader: ColumnElement[int], seq: ColumnElement[int]
) -> ColumnElement[str]:
    """:func:`look_key` inside a statement."""
    key: ColumnElement[str] = literal_column(f"'{REMIND}'", String)
    for part in (conversation, reader, seq):
        key = key.concat(_COLON).concat(part.cast(String))
    return key


def look_waits(
    conversation: ColumnElement[int],
    reader: ColumnElement[int],
    seq: ColumnElement[int],
    later: ColumnElement[datetime],
) -> ColumnElement[bool]:
    """In a statement: the look at the words that wait from ``seq`` on is due after ``later``; False for no words."""
    return jobs.waits(look_named(conversation, reader, seq), after=later)


def looked_after(writer: ColumnElement[int], later: ColumnElement[datetime]) -> ColumnElement[bool]:
    """
    In a statement that reads conversations: words of ``writer`` wait unread, and the look at them is due after
    ``later``.
    """
    return look_waits(_TALK.id, reader_of(writer), first_unread(writer), later)


_READ: Final = Direct(
    select(_MARK.seq).where(_MARK.conversation_id == bindparam("talk"), _MARK.user_id == bindparam("person"))
)


def read_up_to(conversation_id: int, person_id: int) -> int:
    """The sequence number up to which somebody has read; 0 for nothing yet."""
    found = _READ(db.session(), talk=conversation_id, person=person_id)
    return int(found[0].seq) if found else 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """The first message that waits unread, and when it was sent."""

    seq: int
    sent_at: datetime


_PERSON: Final[BindParameter[int]] = bindparam("person")
_WAITS: Final = Direct(
    select(_SAYS.seq, _SAYS.sent_at)
    .where(
        _SAYS.conversation_id == bindparam("talk"),
        _SAYS.sender_id != _PERSON,
        _WORDS,
        _SAYS.seq > func.coalesce(_mark_of(_PERSON, _SAYS.conversation_id).correlate(_SAYS.seq.table), _NOTHING),
    )
    .order_by(_SAYS.seq)
    .limit(_ONE)
)


def waits_unread(conversation_id: int, person_id: int) -> Waiting | None:
    """
    The first words the other one wrote that this person has not read, or None.

    Cards, notes of the system and what was taken back do not count.
    """
    found = _WAITS(db.session(), talk=conversation_id, person=person_id)
    return Waiting(*found[0]) if found else None


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
