"""
The site with one event more: ``bare.send`` stores and pushes what ``message.send`` does and asks nobody anything.

It talks to the database the same way: straight to the driver, on PostgreSQL in one statement that is its own
transaction.
"""

from typing import Any, cast

from sqlalchemy import Select, bindparam, insert, literal_column, select, update

from app.infra.clock import utcnow
from app.infra.database import WRITES, db
from app.infra.direct import Direct
from app.infra.transaction import one_statement
from app.messaging.models import Conversation, Message
from app.web.live import answered_first, room_of, socketio, sockets
from wsgi import app

__all__ = ["app"]

_TALK, _MESSAGE = Conversation.__table__, Message.__table__
_TAKES = (
    update(_TALK)
    .where(_TALK.c.public_id == bindparam("conversation"))
    .values(last_seq=_TALK.c.last_seq + 1)
    .returning(_TALK.c.id, _TALK.c.last_seq, _TALK.c.donor_id, _TALK.c.family_id)
)
_GIVEN = {
    **{name: bindparam(name, type_=_MESSAGE.c[name].type) for name in ("sender_id", "client_id", "body", "sent_at")},
    "kind": literal_column("'text'"), "change_no": literal_column("0"),
}  # fmt: skip
_NEXT = Direct(_TAKES)
_STORED = Direct(
    insert(_MESSAGE).values({**_GIVEN, "conversation_id": bindparam("talk"), "seq": bindparam("seq")})
)  # fmt: skip


def _both() -> Select:
    taken = _TAKES.cte("taken")
    row = select(*_GIVEN.values(), taken.c.id, taken.c.last_seq)
    stored = insert(_MESSAGE).from_select([*_GIVEN, "conversation_id", "seq"], row).returning(_MESSAGE.c.id)
    return select(taken).add_cte(stored.cte("stored"))


_AT_ONCE = Direct(_both())


def _send(sid: str, said: tuple[object, ...]) -> dict[str, Any]:
    """Take the next number, store the row, commit, push to both."""
    holder, now = sockets().holder(sid), utcnow()
    assert holder is not None
    [payload] = cast("tuple[dict[str, Any]]", said)
    row = {**payload, "sender_id": holder.person_id, "sent_at": now}
    if db.engine.dialect.name == "postgresql":
        with one_statement() as say:
            [(_, seq, donor, family)] = say(_AT_ONCE, **row)
    else:
        with db.engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
            [(talk, seq, donor, family)] = _NEXT.over(connection, row)
            _STORED.over(connection, {**row, "talk": talk, "seq": seq})
    told = {
        "conversation": payload["conversation"], "seq": seq, "kind": "text", "body": payload["body"],
        "sent_at": now.isoformat(), "payload": None, "reply_to": None, "edited_at": None, "deleted": False,
        "change_no": 0,
    }  # fmt: skip
    for person in (donor, family):
        socketio.emit("message.new", {**told, "mine": person == holder.person_id}, to=room_of(person))
    return {"ok": True, "seq": seq, "message": told}


socketio.on_event("bare.send", answered_first(lambda _payload: {"ok": False}, _send))
