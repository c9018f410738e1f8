"""
How a message takes its place: one UPDATE decides who may write and what comes next.

That nothing is doubled is decided by the unique id the phone gave its message.
"""

from datetime import datetime
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import (
    JSON,
    BindParameter,
    Boolean,
    ColumnElement,
    Integer,
    Select,
    Table,
    bindparam,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase

from app.infra import event_bus
from app.infra.database import db
from app.infra.direct import Direct
from app.messaging import queries
from app.messaging.events import MessageSent
from app.messaging.models import Conversation, Message
from app.messaging.queries import ConversationView, Gate, MessageView, Said
from app.messaging.rules import Draft, Kind
from app.messaging.services.reading import pass_own
from app.messaging.services.refusals import closed, other_words


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
    session: Session,
    conversation: ConversationView,
    sender_id: int,
    draft: Draft,
    *,
    gate: Gate | None = None,
    now: datetime,
) -> MessageView:
    """
    Store a message at the end of its conversation, once for each ``client_id``, and say that it was sent.

    What ``gate`` found in the same transaction need not be asked again.

    Raises Conflict when nobody can write there, :class:`Invalid` when the id stands for other words.
    """
    place = _place(session, conversation, sender_id, draft, now=now)
    if not place.stored:
        _GIVEN_BACK(session, talk=conversation.id)
        earlier = queries.message_of_client(sender_id, draft.client_id)
        if earlier is None:
            raise closed()
        return same(earlier, conversation, draft)
    stored = stored_view(conversation, sender_id, draft, place.seq, now=now)
    if gate is None or gate.all_read:
        pass_own(session, conversation, sender_id, stored.seq, now=now)
    said = None if gate is None or place.waited else Said(conversation, stored, gate.listeners)
    event_bus.record(told(conversation, stored, looked_after=gate is not None and gate.looked_after, said=said))
    return stored


def told(conversation: ConversationView, stored: MessageView, *, looked_after: bool, said: Said | None) -> MessageSent:
    """That a message was stored; ``said`` is None when who may hear of it is to be asked anew."""
    return MessageSent(
        at=stored.sent_at,
        conversation_id=conversation.id,
        seq=stored.seq,
        sender_id=stored.sender_id,
        recipient_id=conversation.other_than(stored.sender_id),
        looked_after=looked_after,
        said=said,
    )


def may_write(conversation_id: int | BindParameter[int], person_id: int | BindParameter[int]) -> ColumnElement[bool]:
    """A condition on :class:`Conversation`: this person may write into it now."""
    member = or_(Conversation.donor_id == person_id, Conversation.family_id == person_id)
    return (Conversation.id == conversation_id) & member & Conversation.closed_at.is_(None) & ~queries.between_blocked()


_TALK: Final = cast("Table", Conversation.__table__)
_SAYS: Final = cast("Table", Message.__table__)
_TAKES: Final = (
    update(_TALK)
    .where(may_write(bindparam("conversation_id"), bindparam("sender_id")))
    .values(last_seq=_TALK.c.last_seq + 1, last_message_at=bindparam("sent_at"))
    .returning(_TALK.c.last_seq)
)
_NEXT: Final = Direct(_TAKES)
_GIVEN_BACK: Final = Direct(
    update(_TALK).where(_TALK.c.id == bindparam("talk")).values(last_seq=_TALK.c.last_seq - 1)
)  # fmt: skip
GIVEN: Final[dict[str, ColumnElement[Any]]] = {
    **{
        name: bindparam(name, type_=_SAYS.c[name].type)
        for name in ("conversation_id", "sender_id", "client_id", "kind", "body", "reply_to", "sent_at")
    },
    # None is no payload, not the JSON word null.
    "payload": bindparam("payload", type_=JSON(none_as_null=True)),
    "change_no": literal_column("0", Integer),
}
_PHONES: Final = ["sender_id", "client_id"]
_ONCE: Final = Direct(
    sqlite_insert(_SAYS)
    .values({**GIVEN, "seq": bindparam("seq")})
    .on_conflict_do_nothing(index_elements=_PHONES)
    .returning(_SAYS.c.id)
)


WAITED: Final = literal_column("clock_timestamp() - statement_timestamp() > interval '5 milliseconds'", Boolean)
"""
Whether a statement of PostgreSQL took longer than any does that need not wait for another's lock.

What it knows of other tables is then older than what it waited for: a block, above all.
"""


def row_of(found: Select[*tuple[Any, ...]], columns: list[str]) -> UpdateBase:
    """The message that ``found`` has, as a part of a statement of PostgreSQL's; a double is an IntegrityError."""
    return postgresql_insert(_SAYS).from_select(columns, found)


def _both() -> Select[int, int | None, bool]:
    """
    Both at once, on PostgreSQL: the number taken, if there is one, and the message's id, None when it was there before.

    One way to the server and back less, while the conversation's row is held; SQLite writes nothing inside a query.
    """
    taken = _TAKES.cte("taken")
    row = select(*GIVEN.values(), taken.c.last_seq)
    stored = (
        postgresql_insert(_SAYS)
        .from_select([*GIVEN, "seq"], row)
        .on_conflict_do_nothing(index_elements=_PHONES)
        .returning(_SAYS.c.id)
        .cte("stored")
    )
    whole = select(taken.c.last_seq, stored.c.id, WAITED.label("waited"))
    return whole.select_from(taken.outerjoin(stored, true()))


_AT_ONCE: Final = Direct(_both())


class _Place(NamedTuple):
    """
    The number taken for a message, and whether it was stored under it.

    False when the same phone sent the same message twice at once and the other one was stored: the number is to go
    back, which nobody has seen, because the conversation's row is ours until the end. ``waited``: for others, so that
    who may hear of it is to be asked again.
    """

    seq: int
    stored: bool
    waited: bool


def _place(session: Session, conversation: ConversationView, sender_id: int, draft: Draft, *, now: datetime) -> _Place:
    """Take the next number and write the message; Conflict when its sender cannot write there."""
    row = {
        "conversation_id": conversation.id, "sender_id": sender_id, "client_id": draft.client_id,
        "kind": draft.kind.value, "body": draft.body, "payload": _payload(draft), "reply_to": draft.reply_to,
        "sent_at": now,
    }  # fmt: skip
    if db.engine.dialect.name == "postgresql":
        found = _AT_ONCE(session, **row)
        if not found:
            raise closed()
        return _Place(found[0].last_seq, found[0].id is not None, found[0].waited)
    taken = _NEXT(session, **row)
    if not taken:
        raise closed()
    return _Place(taken[0].last_seq, bool(_ONCE(session, seq=taken[0].last_seq, **row)), waited=False)


def _payload(draft: Draft) -> dict[str, Any] | None:
    return None if draft.payload is None else dict(draft.payload)


def stored_view(
    conversation: ConversationView, sender_id: int, draft: Draft, seq: int, *, now: datetime
) -> MessageView:
    """What was just stored under ``seq``."""
    return MessageView(
        conversation_id=conversation.id,
        seq=seq,
        sender_id=sender_id,
        client_id=draft.client_id,
        kind=draft.kind,
        body=draft.body,
        payload=_payload(draft),
        sent_at=now,
        reply_to=draft.reply_to,
    )
