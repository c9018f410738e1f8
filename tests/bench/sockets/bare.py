"""
The site with one event more: ``bare.send`` stores and pushes what ``message.send`` does and asks nobody anything.

It talks to the database the same way, straight to the driver.
"""

from typing import Any

from sqlalchemy import bindparam, insert, update

from app.infra.clock import utcnow
from app.infra.database import WRITES, db
from app.infra.direct import Direct
from app.messaging.models import Conversation, Message
from app.web.live import room_of, socketio, sockets
from app.web.live_door import sid
from wsgi import app

__all__ = ["app"]

_TALK, _MESSAGE = Conversation.__table__, Message.__table__
_NEXT = Direct(
    update(_TALK)
    .where(_TALK.c.public_id == bindparam("talk"))
    .values(last_seq=_TALK.c.last_seq + 1)
    .returning(_TALK.c.id, _TALK.c.last_seq, _TALK.c.donor_id, _TALK.c.family_id)
)
_ROW = ("conversation_id", "seq", "sender_id", "client_id", "body", "sent_at")
_STORED = Direct(
    insert(_MESSAGE).values(
        {"kind": "text", "change_no": 0, **{name: bindparam(name, type_=_MESSAGE.c[name].type) for name in _ROW}}
    )
)


@socketio.on("bare.send")
def send(payload: dict[str, Any]) -> dict[str, Any]:
    """Take the next number, store the row, commit, push to both."""
    holder, now = sockets().holder(sid()), utcnow()
    assert holder is not None
    with db.engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        talk, seq, donor, family = _NEXT.over(connection, {"talk": payload["conversation"]})[0]
        row = (talk, seq, holder.person_id, payload["client_id"], payload["body"], now)
        _STORED.over(connection, dict(zip(_ROW, row, strict=True)))
    told = {
        "conversation": payload["conversation"], "seq": seq, "kind": "text", "body": payload["body"],
        "sent_at": now.isoformat(), "payload": None, "reply_to": None, "edited_at": None, "deleted": False,
        "change_no": 0,
    }  # fmt: skip
    for person in (donor, family):
        socketio.emit("message.new", {**told, "mine": person == holder.person_id}, to=room_of(person))
    return {"ok": True, "seq": seq, "message": told}
