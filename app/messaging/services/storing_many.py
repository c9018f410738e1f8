"""
Messages in one statement, on PostgreSQL, where nothing stands against them.

The longer way (:mod:`app.messaging.services.sending`) goes to the server and back six times: to begin, for the gate,
for the place and the row, for the writer's mark, for a look at what waits unread, and to commit. Nearly every message
is plain words into an open conversation, which the database can decide alone: here it reads the gate of each message
and, where all is as it should be, takes the place, writes the row, moves the mark and asks for the look. Where it is
not, nothing is written of that message and the longer way says why. Both keep the same rules; tests hold them beside
each other.

A conversation in which somebody else writes at this moment is passed over and not waited for: its message goes the
longer way, which waits. So a group waits for nobody, and two groups never for each other.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from sqlalchemy import (
    CTE,
    JSON,
    BigInteger,
    BindParameter,
    Boolean,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    String,
    Table,
    and_,
    bindparam,
    case,
    column,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy import cast as typed
from sqlalchemy import update as change
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.visitors import replacement_traverse

from app.infra import jobs
from app.infra.direct import Direct
from app.infra.transaction import one_statement
from app.messaging.models import Conversation, ReadMark
from app.messaging.queries import sending
from app.messaging.queries.reading import REMIND, first_unread, look_named, look_waits
from app.messaging.services.storing import row_of

_TALK: Final = cast("Table", Conversation.__table__)
_MARKS: Final = cast("Table", ReadMark.__table__)
_MOMENT: Final = DateTime(timezone=True)
_NOW: Final = literal_column("clock_timestamp()", DateTime)
_FIRST: Final = literal_column("1", Integer)
_NO_CHANGE: Final = literal_column("0", Integer)

_EACH: Final[Mapping[str, Any]] = {
    "number": Integer(), "me": BigInteger(), "account": String(), "public_id": String(), "client": String(),
    "before": String(), "body": String(), "reply_to": Integer(), "now": _MOMENT, "later": _MOMENT, "due": _MOMENT,
}  # fmt: skip
"""What is said of each message. They travel as one text of JSON, so that the statement is the same for any number."""

_GIVEN: Final = (
    func.json_to_recordset(typed(bindparam("messages", type_=String()), JSON))
    .table_valued(*(column(name, kind) for name, kind in _EACH.items()), name="given")
    .render_derived(name="given", with_types=True)
)
_FEW: Final = literal_column("given.number BETWEEN 0 AND 1000", Boolean)
"""
True of each. Without it the server plans for a hundred messages, as it does for any list of unknown length, and for so
many it reads whole tables instead of looking up the one or two that mostly come.
"""

_WAITED: Final = literal_column("clock_timestamp() - gate.began > interval '25 milliseconds'", Boolean)
"""
Whether the statement took longer than any does that need not wait for another's lock, so that what the gate read of
others is old; measured from the gate on, because a busy server may take as long to begin.
"""


def _of_each(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """``statement``, which asks about one message, asked about each: the values it names are those of its row."""

    def of_its_row(element: Any, **_more: Any) -> ColumnElement[Any] | None:  # noqa: ANN401 - the library's own.
        # By its name alone: as a column it would bring its table into each subquery.
        named = isinstance(element, BindParameter) and element.required
        return literal_column(f"given.{element.key}", element.type) if named else None

    return cast("Select[*tuple[Any, ...]]", replacement_traverse(statement, {}, of_its_row))


def _gate() -> CTE:
    """
    What each message meets; of a conversation that others are changing, nothing.

    Without ``account`` the sender was read before.
    """
    proven = or_(bindparam("account", type_=String()).is_(None), sending.proven())
    met = sending.MET.add_columns(first_unread(bindparam("me")).label("first_unread"), proven.label("proven"))
    each = _of_each(met).add_columns(*(_GIVEN.c[name].label(f"its_{name}") for name in _EACH), _NOW.label("began"))
    return each.where(_FEW).with_for_update(of=_TALK, key_share=True, skip_locked=True).cte("gate")


def _nothing_against(gate: CTE) -> ColumnElement[bool]:
    """
    All that a message must meet, said of what the gate found.

    Words whose look was held already need another: that is the longer way's.
    """
    met = gate.c
    return and_(
        met.proven,
        or_(met.donor_id == met.its_me, met.family_id == met.its_me),
        ~met.blocked,
        ~met.known,
        or_(met.its_before == literal_column("''"), met.follows),
        ~met.suspect,
        or_(met.first_unread.is_(None), look_waits(met.id, _reader(gate), met.first_unread, met.its_later)),
    )


def _reader(gate: CTE) -> ColumnElement[int]:
    return case((gate.c.donor_id == gate.c.its_me, gate.c.family_id), else_=gate.c.donor_id)


def _places(gate: CTE) -> CTE:
    """The place of each message that has one; closed is asked of the row itself."""
    taken = (
        change(_TALK)
        .where(_TALK.c.id == gate.c.id, _TALK.c.closed_at.is_(None), _nothing_against(gate))
        .values(last_seq=_TALK.c.last_seq + _FIRST, last_message_at=gate.c.its_now)
    )
    return taken.returning(gate.c.its_number, _TALK.c.last_seq).cte("taken")


def _same(gate: CTE, taken: CTE) -> ColumnElement[bool]:
    return taken.c.its_number == gate.c.its_number


def _rows(gate: CTE, taken: CTE) -> UpdateBase:
    """A double, sent by the same phone at the same moment, is refused by the database, and with it the whole group."""
    met = gate.c
    given = {
        "conversation_id": met.id, "seq": taken.c.last_seq, "sender_id": met.its_me, "client_id": met.its_client,
        "kind": _word("text"), "body": met.its_body, "reply_to": met.its_reply_to, "sent_at": met.its_now,
        "change_no": _NO_CHANGE,
    }  # fmt: skip
    return row_of(select(*given.values()).select_from(gate.join(taken, _same(gate, taken))), list(given))


def _first_marks(gate: CTE, taken: CTE) -> UpdateBase:
    """Who writes the first words of a conversation has read it so far, also who said meanwhile to have read nothing."""
    row = select(gate.c.id, gate.c.its_me, taken.c.last_seq, gate.c.its_now)
    first = row.select_from(gate.join(taken, _same(gate, taken))).where(taken.c.last_seq == _FIRST)
    begun = insert(_MARKS).from_select(["conversation_id", "user_id", "seq", "read_at"], first)
    return begun.on_conflict_do_update(
        index_elements=["conversation_id", "user_id"],
        set_={"seq": begun.excluded.seq, "read_at": begun.excluded.read_at},
        where=_MARKS.c.seq < begun.excluded.seq,
    )


def _marks(gate: CTE, taken: CTE) -> UpdateBase:
    """A writer's mark passes over her own later words when she had read all before them."""
    return (
        change(_MARKS)
        .where(
            _same(gate, taken), _MARKS.c.conversation_id == gate.c.id, _MARKS.c.user_id == gate.c.its_me,
            _MARKS.c.seq == taken.c.last_seq - _FIRST, taken.c.last_seq > _FIRST,
        )
        .values(seq=taken.c.last_seq, read_at=gate.c.its_now)
    )  # fmt: skip


def _looks(gate: CTE, taken: CTE) -> UpdateBase:
    """A look at the words of each whose words did not wait unread before."""
    reader = _reader(gate)
    named = {"conversation": gate.c.id, "person": reader}
    payload = func.json_build_object(*(part for key, each in named.items() for part in (_word(key), each)))
    key = look_named(gate.c.id, reader, taken.c.last_seq)
    asked = select(_word(REMIND), payload, key, gate.c.its_due, gate.c.its_now)
    fresh = _same(gate, taken) & gate.c.first_unread.is_(None)
    return jobs.asked_within(asked.select_from(gate.join(taken, fresh)))


def _word(fixed: str) -> ColumnElement[str]:
    return literal_column(f"'{fixed}'")


def _whole() -> Select[*tuple[Any, ...]]:
    """What the gate found of each message that was stored, its number among those given, and its place."""
    gate = _gate()
    taken = _places(gate)
    beside = (_rows(gate, taken), _first_marks(gate, taken), _marks(gate, taken), _looks(gate, taken))
    met = (each for each in gate.c if not str(each.key).startswith("its_"))
    whole = select(*met, taken.c.its_number.label("number"), taken.c.last_seq.label("seq"), _WAITED.label("waited"))
    for number, each in enumerate(beside):
        whole = whole.add_cte(each.cte(f"written{number}"))
    return whole.select_from(gate.join(taken, _same(gate, taken)))


_WHOLE: Final = Direct(_whole())


def store_many(messages: Sequence[Mapping[str, Any]]) -> list[Any]:
    """
    Store each of ``messages`` against which nothing stands, and return its row, None for one that is not stored.

    A message has what :data:`_EACH` names but its number, moments as ISO 8601; no two are of one conversation. When the
    database refuses the group for one of them, each is tried by itself. When it undoes the group for others, or is
    gone, None for each: which of them that was for, and what became of them, the longer way finds out one by one.
    """
    try:
        return _stored(messages)
    except (IntegrityError, DataError):
        return [None] if len(messages) == 1 else [_by_itself(each) for each in messages]
    except OperationalError:
        if len(messages) == 1:
            raise
        return [None] * len(messages)


def _by_itself(message: Mapping[str, Any]) -> Any:  # noqa: ANN401 - of the statement.
    """Its row; None also for a failure, because those before it are stored and must hear of that."""
    try:
        return store_many([message])[0]
    except OperationalError:
        return None


def _stored(messages: Sequence[Mapping[str, Any]]) -> list[Any]:
    with one_statement() as say:
        given = [{"number": number, **each} for number, each in enumerate(messages)]
        found = {row.number: row for row in say(_WHOLE, messages=json.dumps(given))}
    return [found.get(number) for number in range(len(messages))]
