"""
A message in one statement, on PostgreSQL, where nothing stands against it.

The longer way (:mod:`app.messaging.services.sending`) goes to the server and back six times: to begin, for the gate,
for the place and the row, for the writer's mark, for a look at what waits unread, and to commit. Nearly every message
is plain words into an open conversation, which the database can decide alone: here it reads the gate and, where all is
as it should be, takes the place, writes the row, moves the mark and asks for the look, all or nothing. Where it is not,
nothing is written and the longer way says why. Both keep the same rules; tests hold them beside each other.
"""

from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import (
    CTE,
    BindParameter,
    Boolean,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Table,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy import update as change
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import UpdateBase

from app.infra import event_bus, jobs
from app.infra.database import db
from app.infra.direct import Direct
from app.infra.transaction import is_open, one_statement
from app.kernel.access import Claim, Identity
from app.messaging.models import Conversation, ReadMark
from app.messaging.queries import sending
from app.messaging.queries.reading import REMIND, first_unread, look_named, look_waits
from app.messaging.queries.views import MessageView, conversation_view
from app.messaging.rules import Draft, Kind
from app.messaging.services.reminding import REMIND_AFTER
from app.messaging.services.storing import GIVEN, row_of, stored_view, told
from app.screen.judge import Action, Context, Place, judge

_TALK: Final = cast("Table", Conversation.__table__)
_MARKS: Final = cast("Table", ReadMark.__table__)
_ME: Final[BindParameter[int]] = bindparam("sender_id")
_NOW: Final = literal_column("clock_timestamp()", DateTime)
_WAITED: Final = literal_column("clock_timestamp() - gate.began > interval '5 milliseconds'", Boolean)
"""
Whether the place was waited for, so that what the gate read of others is old; measured from the gate on, because a busy
server may take as long to begin.
"""

_FIRST: Final = literal_column("1", Integer)


def _nothing_against(gate: CTE, *, claimed: bool) -> ColumnElement[bool]:
    """
    All that a message must meet, said of what the gate found.

    Words whose look was held already need another: that is the longer way's. Whether a sender who only claims to be
    somebody is so was read by the gate.
    """
    met = gate.c
    return and_(
        met.proven if claimed else true(),
        or_(met.donor_id == _ME, met.family_id == _ME),
        ~met.blocked,
        ~met.known,
        or_(bindparam("before") == literal_column("''"), met.follows),
        ~met.suspect,
        or_(met.first_unread.is_(None), look_waits(met.id, _reader(gate), met.first_unread, sending.LATER)),
    )


def _reader(gate: CTE) -> ColumnElement[int]:
    return case((gate.c.donor_id == _ME, gate.c.family_id), else_=gate.c.donor_id)


def _place(gate: CTE, *, claimed: bool) -> CTE:
    """Closed is asked of the row itself, which may have been waited for; the gate is as old as the statement."""
    taken = (
        change(_TALK)
        .where(_TALK.c.id == gate.c.id, _TALK.c.closed_at.is_(None), _nothing_against(gate, claimed=claimed))
        .values(last_seq=_TALK.c.last_seq + 1, last_message_at=bindparam("sent_at"))
    )
    return taken.returning(_TALK.c.last_seq).cte("taken")


def _row(gate: CTE, taken: CTE) -> UpdateBase:
    """A double, sent by the same phone at the same moment, is refused by the database, and with it the place."""
    given = {**GIVEN, "conversation_id": gate.c.id, "seq": taken.c.last_seq}
    return row_of(select(*given.values()).select_from(gate.join(taken, true())), list(given))


def _first_mark(gate: CTE, taken: CTE) -> UpdateBase:
    """Who writes the first words of a conversation has read it so far, also who said meanwhile to have read nothing."""
    row = select(gate.c.id, _ME, taken.c.last_seq, bindparam("sent_at")).select_from(gate.join(taken, true()))
    begun = insert(_MARKS).from_select(
        ["conversation_id", "user_id", "seq", "read_at"], row.where(taken.c.last_seq == _FIRST)
    )
    return begun.on_conflict_do_update(
        index_elements=["conversation_id", "user_id"],
        set_={"seq": begun.excluded.seq, "read_at": begun.excluded.read_at},
        where=_MARKS.c.seq < begun.excluded.seq,
    )


def _mark(gate: CTE, taken: CTE) -> UpdateBase:
    """The writer's mark passes over her own later words when she had read all before them."""
    return (
        change(_MARKS)
        .where(
            _MARKS.c.conversation_id == gate.c.id, _MARKS.c.user_id == _ME, _MARKS.c.seq == taken.c.last_seq - 1,
            taken.c.last_seq > _FIRST,
        )
        .values(seq=taken.c.last_seq, read_at=bindparam("sent_at"))
    )  # fmt: skip


def _look(gate: CTE, taken: CTE) -> UpdateBase:
    """A look at these words when none of the writer's waited unread before."""
    reader = _reader(gate)
    named = {"conversation": gate.c.id, "person": reader}
    payload = func.json_build_object(*(part for key, each in named.items() for part in (_word(key), each)))
    asked = select(
        _word(REMIND), payload, look_named(gate.c.id, reader, taken.c.last_seq), bindparam("due"), bindparam("sent_at")
    )
    return jobs.asked_within(asked.select_from(gate.join(taken, gate.c.first_unread.is_(None))))


def _word(fixed: str) -> ColumnElement[str]:
    return literal_column(f"'{fixed}'")


def _whole(*, claimed: bool = False) -> Select[*tuple[Any, ...]]:
    met = sending.MET.add_columns(first_unread(bindparam("me")).label("first_unread"))
    met = met.add_columns(sending.proven().label("proven")) if claimed else met
    gate = met.add_columns(_NOW.label("began")).cte("gate")
    taken = _place(gate, claimed=claimed)
    beside = (_row(gate, taken), _first_mark(gate, taken), _mark(gate, taken), _look(gate, taken))
    whole = select(*gate.c, taken.c.last_seq.label("seq"), _WAITED.label("waited"))
    for number, each in enumerate(beside):
        whole = whole.add_cte(each.cte(f"written{number}"))
    return whole.select_from(gate.outerjoin(taken, true()))


_WHOLE: Final = Direct(_whole())
_CLAIMED: Final = Direct(_whole(claimed=True))
_STRICTLY: Final = Context(Place.MESSAGE, newcomer=True)
"""What passes as a newcomer's passes as anybody's."""


def send_at_once(
    actor: Identity | Claim, conversation_public_id: str, draft: Draft, *, before: str | None, now: datetime
) -> MessageView | None:
    """
    Store a plain text and say that it was sent; None, and nothing is stored, when it has to go the longer way.

    The same statement reads the account of a ``Claim``: where that is shut, or the session over, nothing is stored.
    That is so for everything but plain words, inside another use-case, on SQLite, and where anything stands against it:
    what that is, and the right refusal, is found out there.
    """
    if draft.kind is not Kind.TEXT or is_open() or db.engine.dialect.name != "postgresql":
        return None
    if judge(draft.body, context=_STRICTLY).action is not Action.ALLOW:
        return None
    given = {
        **sending.values(actor, conversation_public_id, client_id=draft.client_id, before=before, now=now),
        "sender_id": actor.person_id, "client_id": draft.client_id, "kind": draft.kind.value, "body": draft.body,
        "payload": None, "reply_to": draft.reply_to, "sent_at": now, "due": now + REMIND_AFTER,
    }  # fmt: skip
    whole = _WHOLE
    if isinstance(actor, Claim):
        whole, given["account"] = _CLAIMED, actor.account
    try:
        with one_statement() as say:
            rows = say(whole, **given)
            return _told(rows[0], actor, draft, now=now) if rows and rows[0].seq is not None else None
    except IntegrityError:
        return None


def _told(row: Any, actor: Identity | Claim, draft: Draft, *, now: datetime) -> MessageView:  # noqa: ANN401 - of the statement.
    conversation = conversation_view(row, blocked=row.blocked)
    stored = stored_view(conversation, actor.person_id, draft, row.seq, now=now)
    said = None if row.waited else sending.Said(conversation, stored, sending.listeners(row))
    event_bus.record(told(conversation, stored, looked_after=True, said=said))
    return stored
