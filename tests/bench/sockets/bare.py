"""
The site with two events more, which store and push what ``message.send`` does and ask nobody anything.

``bare.send`` stores each message by itself, as a server would that does nothing else; ``bare.together`` stores what
comes at the same moment together, as ours does. Both talk to the database the same way: straight to the driver, on
PostgreSQL in one statement that is its own transaction.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any, cast

from sqlalchemy import JSON, Select, String, bindparam, column, func, insert, literal_column, select, update
from sqlalchemy import cast as typed

from app.infra.clock import utcnow
from app.infra.database import WRITES, db
from app.infra.direct import Direct
from app.infra.together import Together
from app.infra.transaction import one_statement
from app.messaging.models import Conversation, Message
from app.messaging.services.at_once import LANES, MOST
from app.web.live import answered_first, room_of, socketio, sockets
from wsgi import app

__all__ = ["app"]

Row = dict[str, Any]
Place = tuple[int, int, int]
"""Of a stored message: its number in the conversation, the donor, the family."""

_TALK, _MESSAGE = Conversation.__table__, Message.__table__
_FIELDS = ("sender_id", "client_id", "body", "sent_at")
_FIXED = {"kind": literal_column("'text'"), "change_no": literal_column("0")}
_FOUND = (_TALK.c.id, _TALK.c.last_seq, _TALK.c.donor_id, _TALK.c.family_id)
_TAKES = (
    update(_TALK)
    .where(_TALK.c.public_id == bindparam("conversation"))
    .values(last_seq=_TALK.c.last_seq + 1)
    .returning(*_FOUND)
)
_GIVEN = {**{name: bindparam(name, type_=_MESSAGE.c[name].type) for name in _FIELDS}, **_FIXED}
_NEXT = Direct(_TAKES)
_STORED = Direct(
    insert(_MESSAGE).values({**_GIVEN, "conversation_id": bindparam("talk"), "seq": bindparam("seq")})
)  # fmt: skip


def _both() -> Select:
    taken = _TAKES.cte("taken")
    row = select(*_GIVEN.values(), taken.c.id, taken.c.last_seq)
    stored = insert(_MESSAGE).from_select([*_GIVEN, "conversation_id", "seq"], row).returning(_MESSAGE.c.id)
    return select(taken).add_cte(stored.cte("stored"))


def _many() -> Select:
    each = (column("number", _TALK.c.id.type), column("conversation", String()))
    fields = (column(name, _MESSAGE.c[name].type) for name in _FIELDS)
    given = func.json_to_recordset(typed(bindparam("rows", type_=String()), JSON)).table_valued(*each, *fields)
    given = given.render_derived(name="given", with_types=True)
    few = literal_column("given.number BETWEEN 0 AND 1000")
    takes = update(_TALK).where(_TALK.c.public_id == given.c.conversation, few).values(last_seq=_TALK.c.last_seq + 1)
    taken = takes.returning(given.c.number, *_FOUND, *(given.c[name] for name in _FIELDS)).cte("taken")
    row = select(*(taken.c[name] for name in _FIELDS), *_FIXED.values(), taken.c.id, taken.c.last_seq)
    stored = insert(_MESSAGE).from_select([*_FIELDS, *_FIXED, "conversation_id", "seq"], row)
    found = select(taken.c.number, taken.c.last_seq, taken.c.donor_id, taken.c.family_id)
    return found.add_cte(stored.returning(_MESSAGE.c.id).cte("stored"))


_AT_ONCE, _MANY = Direct(_both()), Direct(_many())


def _alone(row: Row) -> Place:
    if db.engine.dialect.name != "postgresql":
        return _in_one_transaction([row])[0]
    with one_statement() as say:
        [(_, seq, donor, family)] = say(_AT_ONCE, **row)
    return seq, donor, family


def _in_one_transaction(rows: Sequence[Row]) -> list[Place]:
    places = []
    with db.engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        for row in rows:
            [(talk, seq, donor, family)] = _NEXT.over(connection, row)
            _STORED.over(connection, {**row, "talk": talk, "seq": seq})
            places.append((seq, donor, family))
    return places


def _in_one_statement(rows: Sequence[Row]) -> list[Place]:
    given = [{**row, "sent_at": row["sent_at"].isoformat(), "number": number} for number, row in enumerate(rows)]
    with one_statement() as say:
        found = {number: place for number, *place in say(_MANY, rows=json.dumps(given))}
    return [found[number] for number in range(len(rows))]


with app.app_context():
    _database = db.engine.dialect.name
_together: Together[Row, Place] = Together(
    _in_one_statement if _database == "postgresql" else _in_one_transaction,
    apart=lambda row: row["conversation"],
    lanes=LANES[_database],
    most=MOST,
)


def _send(store: Callable[[Row], Place], sid: str, said: tuple[object, ...]) -> dict[str, Any]:
    """Take the next number, store the row, commit, push to both."""
    holder, now = sockets().holder(sid), utcnow()
    assert holder is not None
    [payload] = cast("tuple[dict[str, Any]]", said)
    seq, *people = store({**payload, "sender_id": holder.person_id, "sent_at": now})
    told = {
        "conversation": payload["conversation"], "seq": seq, "kind": "text", "body": payload["body"],
        "sent_at": now.isoformat(), "payload": None, "reply_to": None, "edited_at": None, "deleted": False,
        "change_no": 0,
    }  # fmt: skip
    for person in people:
        socketio.emit("message.new", {**told, "mine": person == holder.person_id}, to=room_of(person))
    return {"ok": True, "seq": seq, "message": told}


def _listen(event: str, store: Callable[[Row], Place]) -> None:
    def answer(sid: str, said: tuple[object, ...]) -> dict[str, Any]:
        return _send(store, sid, said)

    socketio.on_event(event, answered_first(lambda _payload: {"ok": False}, answer))


_listen("bare.send", _alone)
_listen("bare.together", _together)
